// What tells one showing of a form from the next: a form that carries it does what it says once, however often it is sent.
// In every form of a logged-in person; read by forms.ts.

export const FORM_TOKEN = 'form_token';

export function FormToken() {
  return <input type="hidden" name={FORM_TOKEN} value={crypto.randomUUID()} />;
}
