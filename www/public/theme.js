// Before the first paint, so that a chosen theme does not flash.
try {
  var theme = localStorage.getItem('soda-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch (_) {
  /* Storage may be forbidden. */
}
