"""The predictor without torch, the service, and the phone page."""
