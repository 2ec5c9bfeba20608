// Notes what goes between the page and its workers, then imports the library as it is published.
window.tap = [];
window.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    this.addEventListener('message', ({ data }) => window.tap.push({ to: 'page', message: data }));
  }

  postMessage(message, ...rest) {
    window.tap.push({ to: 'worker', message });
    super.postMessage(message, ...rest);
  }
};
window.failureOf = (promise) =>
  promise.then(
    () => ({ code: 'fine', message: '' }),
    ({ code, message }) => ({ code, message }),
  );
window.codeOf = async (promise) => (await window.failureOf(promise)).code;
window.strangePictures = (await import('./strange-pictures.js')).strangePictures;
window.lib = await import('/pkg/dist/index.js');
