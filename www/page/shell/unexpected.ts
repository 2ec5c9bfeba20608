import { say } from '../parts/strings/common.js';
import type { Report } from './report.js';

/** What nobody caught is said, instead of leaving a page that does nothing. */
export function catchUnexpected(report: Report): void {
  const tell = (thrown: unknown): void => {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    // What is said already, with a way to mend it, may well be the cause.
    if (report.isTroubled) return;
    report.trouble(
      say.trouble.unexpected(message),
      () => {
        location.reload();
      },
      say.trouble.reload,
    );
  };
  addEventListener('error', ({ error, message }) => {
    // An observer that has no time for all of its news in one frame is no error.
    if (!message.startsWith('ResizeObserver')) tell((error as unknown) ?? message);
  });
  addEventListener('unhandledrejection', ({ reason }) => {
    if (
      (reason as { code?: unknown } | undefined)?.code !== 'aborted' &&
      (reason as { name?: unknown } | undefined)?.name !== 'AbortError'
    )
      tell(reason);
  });
}
