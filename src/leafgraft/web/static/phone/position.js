// Where the phone is; asked of it only where a person switched that on.

const WITHIN_MS = 15000;

/** @returns {Promise<{latitude: number, longitude: number}>} Throws what says why not. */
export function here() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) { reject(new Error('this browser tells no position')); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => resolve({ latitude, longitude }),
      reject,
      { enableHighAccuracy: true, timeout: WITHIN_MS, maximumAge: 60000 },
    );
  });
}
