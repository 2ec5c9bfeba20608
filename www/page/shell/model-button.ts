import { byId, make } from '../parts/dom.js';
import { say } from '../parts/strings/common.js';
import type { App } from './panel.js';

/**
 * The button that names the model in use by a picture of its world, and opens the list of models.
 * What comes back shows it anew.
 */
export function modelButton(app: App): () => void {
  const { models, pictures, report, router } = app;
  const button = byId('model', HTMLButtonElement);
  const image = make('img', { alt: '', width: 28, height: 28, draggable: false });
  const name = make('span');
  button.append(image, name);
  button.addEventListener('click', () => {
    void import('./models-dialog.js').then(
      ({ openModels }) => {
        openModels(app);
      },
      () => {
        report.trouble(say.trouble.part);
      },
    );
  });
  const show = (): void => {
    const model = models.named(router.place.state['model']);
    button.ariaLabel = say.model(model.name);
    button.title = button.ariaLabel;
    button.dataset['model'] = model.id;
    name.textContent = model.name;
    const [url] = pictures.gallery?.samples(model.world, 1) ?? [];
    if (url !== undefined && image.getAttribute('src') !== url) image.src = url;
    image.hidden = url === undefined;
  };
  router.onChange(show);
  models.onChange(show);
  show();
  return show;
}
