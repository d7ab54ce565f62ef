// A live view of the camera. Without https the browser offers none: the phone's own camera application is asked then.

const dialog = document.getElementById('finder');
const view = document.getElementById('view');
let isOpen = false; // or being opened

/**
 * Take a photo with the live camera; where there is none, with the phone's own camera application.
 * @param onPhoto Told the photo. @param onProblem Told the key of a text, and its values.
 */
export async function openCamera(onPhoto, onProblem) {
  if (isOpen) return;
  if (!navigator.mediaDevices?.getUserMedia) { document.getElementById('shot').click(); return; }
  let photo = null;
  isOpen = true;
  try {
    photo = await takePhoto();
  } catch (error) {
    const key = { NotAllowedError: 'camera-refused', NotFoundError: 'camera-none' }[error.name] ?? 'camera-failed';
    onProblem(key, { reason: error.message });
  } finally {
    isOpen = false;
  }
  if (photo) await onPhoto(photo);
}

/** @returns {Promise<?Blob>} A photo as PNG; null if the person leaves. Throws what getUserMedia throws. */
async function takePhoto() {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false, video: { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1920 } },
  });
  view.srcObject = stream;
  dialog.showModal();
  try {
    return await new Promise((resolve) => {
      document.getElementById('shoot').onclick = () => { if (view.readyState >= view.HAVE_CURRENT_DATA) resolve(grab()); };
      document.getElementById('leave').onclick = () => resolve(null);
      dialog.oncancel = () => resolve(null);
    });
  } finally {
    for (const track of stream.getTracks()) track.stop();
    view.srcObject = null;
    dialog.close();
  }
}

function grab() {
  const canvas = document.createElement('canvas');
  canvas.width = view.videoWidth;
  canvas.height = view.videoHeight;
  canvas.getContext('2d').drawImage(view, 0, 0);
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}
