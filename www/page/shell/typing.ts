/** Whether keys, pastes and drops there are text. */
export function typesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && /^(text|search|number|url|email)$/.test(target.type))
  );
}
