"""What the service counts, in Prometheus's text form."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from leafgraft.web.answer import Answer
from leafgraft.web.bundle import BundleIndex


class Metrics:
    """Counters of one service, apart from any other in the same process."""

    def __init__(self, index: BundleIndex) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        bundle = Gauge("leafgraft_bundle", "The bundle that answers", ["study", "trial"], registry=self._registry)
        bundle.labels(index.study, index.trial).set(1)
        self.requests = Counter(
            "leafgraft_requests", "Requests to /v1/predict by HTTP status", ["status"], registry=self._registry
        )
        self.photos = Counter(
            "leafgraft_photos", "Photos by what was said: answer, or why declined", ["said"], registry=self._registry
        )
        self.under_way = Gauge("leafgraft_requests_under_way", "Requests read or answered now", registry=self._registry)
        self.duration_s = Histogram(
            "leafgraft_request_duration_seconds", "From request to answer", registry=self._registry
        )

    def count(self, answers: list[Answer]) -> None:
        """Count what was said of each photo."""
        for one in answers:
            self.photos.labels(one.declined or "answer").inc()

    def text(self) -> bytes:
        """All figures."""
        return generate_latest(self._registry)
