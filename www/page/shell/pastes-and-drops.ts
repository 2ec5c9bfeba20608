import { onlyFiles } from '../parts/dropped.js';
import { say } from '../parts/strings/common.js';
import type { Panel } from './panel.js';
import { typesText } from './typing.js';

/**
 * Sends a paste or a drop anywhere to the panel that is `shown`; wells and the places for many
 * pictures take their own.
 */
export function catchPastesAndDrops(shown: () => Panel | undefined): void {
  document.addEventListener('paste', (event) => {
    const panel = shown();
    if (typesText(event.target) || !panel?.paste) return;
    const file = event.clipboardData?.files[0];
    if (file)
      panel.paste(file, file.name === '' || file.name === 'image.png' ? say.pastedName : file.name);
    else panel.complain?.(say.trouble.noFile);
    event.preventDefault();
  });
  addEventListener('dragover', (event) => {
    if (typesText(event.target) || event.defaultPrevented) return;
    event.preventDefault();
    document.body.toggleAttribute(
      'data-over',
      onlyFiles(event.dataTransfer) && shown()?.paste !== undefined,
    );
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) document.body.removeAttribute('data-over');
  });
  addEventListener('drop', (event) => {
    document.body.removeAttribute('data-over');
    if (typesText(event.target) || event.defaultPrevented) return;
    event.preventDefault(); // Else the browser would leave the page and open it.
    const panel = shown();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) panel?.complain?.(say.trouble.noFile);
    else if (panel?.drop) panel.drop(files);
    else for (const file of files) panel?.paste?.(file, file.name);
  });
}
