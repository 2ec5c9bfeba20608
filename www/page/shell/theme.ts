import { icon } from '../parts/dom.js';
import { say } from '../parts/strings/common.js';

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const KEY = 'soda-theme';

/** The button that goes round system, light and dark, and remembers. */
export function themeButton(button: HTMLButtonElement): void {
  let theme = remembered();
  const show = (): void => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    button.replaceChildren(icon('theme'));
    button.ariaLabel = say.themes[theme];
    button.title = say.themes[theme];
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      /* Storage may be forbidden; the theme then lasts as long as the page. */
    }
    show();
  });
  show();
}

function remembered(): Theme {
  try {
    return THEMES.find((each) => each === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    return 'auto';
  }
}
