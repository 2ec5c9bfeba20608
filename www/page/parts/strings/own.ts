/**
 * What is said about a person's own pictures: cropping, the camera, and pictures the model does not
 * know.
 */
export const say = {
  crop: 'Crop',
  cropOf: (title: string) => `${title}: Crop`,
  cropTitle: 'Crop the picture',
  cropRole: 'picture to crop',
  cropHint: 'Drag to move, scroll or pinch to zoom. Keys: arrows, + and −.',
  cropUse: 'Use crop',
  cropReset: 'Reset',
  zoom: 'Zoom',
  zoomed: (zoom: number) => `${zoom.toFixed(1)}×`,
  framed: (right: number, down: number, zoom: number) =>
    `${String(right)} % from the left, ${String(down)} % from the top, zoom ${zoom.toFixed(1)}`,

  camera: 'Camera',
  cameraTitle: 'Take a picture',
  cameraHint: 'Pictures stay in this browser. Closing turns the camera off.',
  liveView: 'What the camera sees',
  snap: 'Take the picture',
  otherCamera: 'Other camera',
  cameraAgain: 'Try again',
  cameraGone: 'The camera is gone: it was unplugged, or is no longer allowed. Connect it again.',
  takenName: 'camera picture',
  cameraTrouble: (name: string, message: string) => {
    switch (name) {
      case 'NotAllowedError':
        return (
          'The browser does not let this page use the camera. Allow it in the site settings ' +
          'beside the address, then try again.'
        );
      case 'NotFoundError':
      case 'OverconstrainedError':
        return 'No camera was found. Connect one, or choose a file.';
      case 'NotReadableError':
      case 'AbortError':
        return 'Another app is using the camera. Close it and try again.';
      default:
        return `The camera could not be started: ${message}.`;
    }
  },

  strange: 'This model hasn’t seen pictures like this, so the result will be rough.',
  teach: 'Train it on yours',
  teachOf: (title: string) => `${title}: train the model on this picture`,
} as const;
