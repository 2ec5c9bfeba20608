import './things-dialog.css';
import { openDialog } from '../parts/dialog.js';
import { icon, make } from '../parts/dom.js';
import { download } from '../parts/download.js';
import type { Pick } from '../parts/pictures.js';
import type { App } from './panel.js';
import { say } from './strings/things.js';
import { type Creation, Creations } from './creations.js';
import { Drafts } from './drafts.js';
import { type Project, Projects } from './projects.js';
import { fromHash } from './router.js';
import { packThings, unpackThings } from './things-archive.js';

/** How long a deletion waits for its second click. */
const SURE_MS = 5000;

/** What a tile shows, and what can be done with it. */
interface Tile {
  name: string;
  url: string;
  open: () => void;
  rename: (name: string) => Promise<void>;
  remove: () => Promise<void>;
}

/**
 * All that a person has made and this browser keeps: listed, opened, renamed, exported, imported,
 * deleted.
 */
export function openThings(app: App): void {
  const { pictures, report, router } = app;
  const creations = new Creations();
  const projects = new Projects();
  const urls: string[] = [];
  const body = make('div', { className: 'things' });
  const trouble = make('p', { className: 'trouble' });
  trouble.setAttribute('role', 'alert');
  const failed = (thrown: unknown): void => {
    trouble.textContent = say.failed(thrown instanceof Error ? thrown.message : String(thrown));
  };

  const tileOf = ({ name, url, open, rename, remove }: Tile): HTMLLIElement => {
    const item = make('li', { className: 'thing' });
    const show = (): void => {
      const picture = make(
        'button',
        { type: 'button', className: 'picture', title: name },
        make('img', { src: url, alt: '', draggable: false }),
      );
      picture.ariaLabel = say.open(name);
      picture.addEventListener('click', () => {
        dialog.close();
        open();
      });
      const label = make('button', {
        type: 'button',
        className: 'plain name',
        textContent: name,
        title: say.rename(name),
      });
      label.ariaLabel = say.rename(name);
      label.addEventListener('click', edit);
      const cross = make(
        'button',
        { type: 'button', className: 'quiet icon remove', title: say.remove(name) },
        icon('close'),
      );
      cross.ariaLabel = say.remove(name);
      cross.addEventListener('click', () => {
        if (cross.hasAttribute('data-sure')) {
          remove()
            .then(() => {
              report.announce(say.removed(name));
              return fill();
            })
            .catch(failed);
          return;
        }
        cross.toggleAttribute('data-sure', true);
        cross.ariaLabel = say.sure(name);
        cross.title = say.sure(name);
        setTimeout(() => {
          cross.toggleAttribute('data-sure', false);
          cross.ariaLabel = say.remove(name);
          cross.title = say.remove(name);
        }, SURE_MS);
      });
      item.replaceChildren(picture, label, cross);
    };
    const edit = (): void => {
      const input = make('input', {
        type: 'text',
        value: name,
        maxLength: 80,
        autocomplete: 'off',
      });
      input.ariaLabel = say.newName(name);
      const form = make(
        'form',
        {},
        input,
        make('button', { type: 'submit', textContent: say.save }),
      );
      form.addEventListener('submit', (event) => {
        event.preventDefault();
        const wanted = input.value.trim();
        if (wanted === '' || wanted === name) show();
        else rename(wanted).then(fill).catch(failed);
      });
      input.addEventListener('keydown', (event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault(); // Else the dialog would close.
        event.stopPropagation();
        show();
      });
      item.replaceChildren(form);
      input.focus();
      input.select();
    };
    show();
    return item;
  };
  const pictureTile = (pick: Pick): HTMLLIElement =>
    tileOf({
      name: pick.name,
      url: pick.url,
      open: () => {
        router.go('morph', { ...router.modelOnly, from: pick.id });
      },
      rename: (name) => pictures.rename(pick.id, name),
      remove: () => pictures.remove(pick.id),
    });
  const creationTile = (creation: Creation): HTMLLIElement => {
    const url = URL.createObjectURL(creation.picture);
    urls.push(url);
    return tileOf({
      name: creation.name,
      url,
      open: () => {
        const place = fromHash(`#${creation.hash}`);
        if (place) router.go(place.panel, place.state);
      },
      rename: (name) => creations.rename(creation.id, name),
      remove: () => creations.remove(creation.id),
    });
  };
  const projectTile = ({ id, name, pictures: ids }: Project): HTMLLIElement =>
    tileOf({
      name,
      url: ids.map((each) => pictures.find(each)?.url).find((each) => each !== undefined) ?? '',
      open: () => {
        router.go('recognise', { ...router.modelOnly, project: id });
      },
      rename: (name) => projects.rename(id, name),
      remove: () => projects.remove(id),
    });
  const section = (title: string, ...children: Node[]): HTMLElement => {
    const made = make('section', {}, make('h3', { textContent: title }), ...children);
    made.ariaLabel = title;
    return made;
  };
  const lead = (label: string, act: () => void): HTMLButtonElement => {
    const button = make('button', { type: 'button', textContent: label });
    button.addEventListener('click', () => {
      dialog.close();
      act();
    });
    return button;
  };

  const fill = async (): Promise<void> => {
    const kept = await creations.all().catch((thrown: unknown) => {
      trouble.textContent = say.refused(thrown instanceof Error ? thrown.message : String(thrown));
      return [];
    });
    const sorted = await projects.all().catch(() => []);
    const lessons = await new Drafts().list().catch(() => []);
    const models = app.models.all.filter(({ id }) => app.models.about(id));
    const own = [...pictures.own].reverse();
    exportAll.disabled = kept.length + own.length + sorted.length === 0;
    const sections = [
      ...(kept.length > 0
        ? [section(say.creations, make('ul', { className: 'grid' }, ...kept.map(creationTile)))]
        : []),
      ...(sorted.length > 0
        ? [section(say.projects, make('ul', { className: 'grid' }, ...sorted.map(projectTile)))]
        : []),
      ...(own.length > 0
        ? [
            section(
              say.pictures(own.length),
              make('ul', { className: 'grid' }, ...own.map(pictureTile)),
            ),
          ]
        : []),
      ...(models.length > 0
        ? [
            section(
              say.models,
              make('p', { textContent: models.map(({ name }) => name).join(', ') }),
              lead(
                say.manageModels,
                () =>
                  void import('./models-dialog.js').then(({ openModels }) => {
                    openModels(app);
                  }),
              ),
            ),
          ]
        : []),
      ...(lessons.length > 0
        ? [
            section(
              say.lessons,
              make('p', { textContent: lessons.map(({ name }) => name).join(', ') }),
              lead(say.toLessons, () => {
                router.open('teach');
              }),
            ),
          ]
        : []),
    ];
    body.replaceChildren(
      ...(sections.length > 0
        ? sections
        : [make('p', { className: 'hint', textContent: say.none })]),
    );
  };

  const exportAll = make('button', { type: 'button', textContent: say.exportAll, disabled: true });
  exportAll.addEventListener('click', () => {
    Promise.all([creations.all().catch(() => []), projects.all().catch(() => [])])
      .then(([kept, sorted]) => packThings(pictures.own, kept, sorted))
      .then((zip) => {
        download(zip, 'soda-things.zip');
        report.announce(say.exported('soda-things.zip'));
      })
      .catch(failed);
  });
  const input = make('input', {
    type: 'file',
    accept: 'image/*,.zip',
    multiple: true,
    hidden: true,
    tabIndex: -1,
  });
  input.ariaLabel = say.import;
  const open = make('button', { type: 'button', textContent: say.import });
  open.addEventListener('click', () => {
    input.click();
  });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = '';
    trouble.textContent = '';
    void take(files)
      .then(async (count) => {
        await fill();
        if (count > 0) report.announce(say.imported(count));
      })
      .catch(failed);
  });
  const take = async (files: readonly File[]): Promise<number> => {
    let count = 0;
    for (const file of files) {
      if (/\.zip$/i.test(file.name))
        count += await unpackThings(file, pictures, creations, projects);
      else if (await pictures.read(file, file.name)) count++;
    }
    return count;
  };

  const dialog = openDialog(
    say.title,
    'yours',
    [
      make('p', { className: 'hint', textContent: say.lede }),
      body,
      make('div', { className: 'acts' }, exportAll, open, input),
      make('p', { className: 'hint', textContent: say.importHint }),
      trouble,
    ],
    () => {
      for (const url of urls) URL.revokeObjectURL(url);
    },
  );
  void fill();
}
