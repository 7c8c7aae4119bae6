// Form fields, each with its label, its hint and what is wrong with it, tied together for screen readers.

import type { Child } from 'hono/jsx';
import { Icon } from '../ui/icons.tsx';
import { FormToken } from './form-token.tsx';
import type { FormDraft } from './forms.ts';

interface FieldProps {
  draft: FormDraft;
  name: string;
  label: string;
  hint?: Child;
  /** Not needed. */
  optional?: boolean;
}

interface TextProps extends FieldProps {
  /** Never `number`: a browser drops what it does not like of one, and the reader sees another number than was typed. */
  type?: 'text' | 'email' | 'password' | 'url' | 'date' | 'search';
  autocomplete?: string;
  inputmode?: 'numeric' | 'decimal' | 'url' | 'email';
  maxlength?: number;
  placeholder?: string;
  mono?: boolean;
}

export function TextField(props: TextProps) {
  const { draft, name, label, hint, optional = false, type = 'text', mono = false, ...rest } = props;
  return (
    <Labelled {...{ draft, name, label, hint, optional }}>
      <input
        {...wired(draft, name, hint)}
        {...rest}
        type={type}
        class={mono ? 'mono' : undefined}
        required={!optional}
        // A password is never written back.
        value={type === 'password' ? undefined : draft.values[name]}
      />
    </Labelled>
  );
}

/** `secret` for what is never written back. */
export function TextArea(
  props: FieldProps & { rows: number; maxlength: number; secret?: boolean; placeholder?: string; required?: boolean },
) {
  const { draft, name, label, hint, optional = false, rows, maxlength, secret = false, placeholder } = props;
  const { required = !optional } = props;
  return (
    <Labelled {...{ draft, name, label, hint, optional }}>
      <textarea
        {...wired(draft, name, hint)}
        {...{ rows, maxlength, placeholder }}
        class={secret ? 'mono' : undefined}
        required={required}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
      >
        {secret ? '' : (draft.values[name] ?? '')}
      </textarea>
    </Labelled>
  );
}

/** In a form with enctype="multipart/form-data". What was chosen has to be chosen again. */
export function FileField({ draft, name, label, hint }: Omit<FieldProps, 'optional'>) {
  return (
    <Labelled {...{ draft, name, label, hint, optional: false }}>
      <input {...wired(draft, name, hint)} type="file" />
    </Labelled>
  );
}

export interface Option {
  value: string;
  text: string;
}

export function SelectField(props: FieldProps & { options: Option[] }) {
  const { draft, name, label, hint, options } = props;
  return (
    <Labelled {...{ draft, name, label, hint, optional: false }}>
      <select {...wired(draft, name, hint)}>
        {options.map(({ value, text }) => (
          <option value={value} selected={value === draft.values[name]}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

export function CheckField({
  draft,
  name,
  label,
  hint,
  value = 'on',
}: Omit<FieldProps, 'optional'> & { value?: string }) {
  const id = `${name}-${value}`.replace(/[^a-z0-9]+/gi, '-');
  const isChecked = draft.values[name]?.split('\n').includes(value) ?? false;
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        name={name}
        value={value}
        checked={isChecked}
        aria-describedby={hint ? `${id}-hint` : undefined}
      />
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function RadioField(props: FieldProps & { options: (Option & { hint?: string })[] }) {
  const { draft, name, label, options } = props;
  const error = draft.errors[name];
  return (
    <fieldset
      class={error === undefined ? 'choices' : 'choices wrong'}
      aria-describedby={error === undefined ? undefined : `${name}-error`}
    >
      <legend>{label}</legend>
      {error !== undefined && (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      {options.map(({ value, text, hint }) => (
        <label class="choice">
          <input type="radio" name={name} value={value} checked={draft.values[name] === value} required />
          <span class="choice-body">
            <strong>{text}</strong>
            {hint && <small>{hint}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface FormProps {
  /** The path that it is sent to. */
  to: string;
  /** Shows above the fields what is wrong with the whole. */
  draft?: FormDraft;
  /** The text of its button. */
  submit: string;
  quiet?: boolean;
  /** Has a FileField. */
  takesFile?: boolean;
  children?: Child;
}

/** A form of a logged-in person with one button. It acts once. */
export function Form({ to, draft, submit, quiet, takesFile, children }: FormProps) {
  return (
    <form method="post" action={to} class="form" enctype={takesFile ? 'multipart/form-data' : undefined}>
      <FormToken />
      {draft && <FormProblem draft={draft} />}
      {children}
      <div class="form-actions">
        <button type="submit" class={quiet ? 'button quiet' : 'button'}>
          {submit}
        </button>
      </div>
    </form>
  );
}

/** What is wrong with the whole form. */
export function FormProblem({ draft }: { draft: FormDraft }) {
  return (
    draft.problem !== null && (
      <div class="callout stop" role="alert">
        <Icon name="alert" />
        <div>{draft.problem}</div>
      </div>
    )
  );
}

function Labelled({ draft, name, label, hint, optional, children }: FieldProps & { children: Child }) {
  const error = draft.errors[name];
  return (
    <div class={error === undefined ? 'form-field' : 'form-field wrong'}>
      <label for={name}>
        {label}
        {optional && <span class="optional"> optional</span>}
      </label>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {error !== undefined && (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** The attributes that tie an input to its words; the first wrong one has the focus. */
function wired(draft: FormDraft, name: string, hint: Child) {
  const isWrong = draft.errors[name] !== undefined;
  const described = [hint ? `${name}-hint` : '', isWrong ? `${name}-error` : ''].filter((id) => id !== '').join(' ');
  return {
    id: name,
    name,
    'aria-describedby': described || undefined,
    'aria-invalid': isWrong ? ('true' as const) : undefined,
    autofocus: Object.keys(draft.errors)[0] === name || undefined,
  };
}
