// JSON Schema as OpenAPI and AsyncAPI documents hold it: following $refs, and reading it aloud.
import { words } from './words';

export interface Schema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  deprecated?: boolean;
}

/** What a `$ref` points to inside its document; the thing itself where it is none. */
export function resolved<T extends { $ref?: string }>(document: unknown, thing: T): T {
  let current = thing;
  // A chain of references ends soon, unless it bites its own tail.
  for (let step = 0; current.$ref && step < 8; step += 1) {
    const target = pointed(document, current.$ref);
    if (typeof target !== 'object' || target === null) break;
    const { $ref: _, ...beside } = current;
    current = { ...(target as T), ...beside };
  }
  return current;
}

function pointed(document: unknown, reference: string): unknown {
  if (!reference.startsWith('#/')) return undefined;
  return reference
    .slice(2)
    .split('/')
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (node, key) =>
        typeof node === 'object' && node !== null
          ? (node as Record<string, unknown>)[key]
          : undefined,
      document,
    );
}

export interface PlainSchema {
  schema: Schema;
  /** The name under which the document keeps it. */
  name: string;
  isNullable: boolean;
}

/** Without reference, without the `null` alternative, with `allOf` laid together. */
export function plain(document: unknown, given: Schema): PlainSchema {
  const name = given.$ref?.split('/').pop() ?? '';
  const schema = merged(document, resolved(document, given));
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives?.some(isNull)) {
    const others = alternatives.filter((one) => !isNull(one));
    const [only] = others;
    if (others.length === 1 && only) {
      const { oneOf: _, anyOf: __, ...beside } = schema;
      const inner = plain(document, only);
      return { schema: { ...inner.schema, ...beside }, name: inner.name, isNullable: true };
    }
    return { schema: { ...schema, oneOf: others }, name, isNullable: true };
  }
  if (Array.isArray(schema.type) && schema.type.includes('null')) {
    const types = schema.type.filter((type) => type !== 'null');
    return { schema: { ...schema, type: types }, name, isNullable: true };
  }
  return { schema, name, isNullable: false };
}

const isNull = (schema: Schema) => schema.type === 'null' || schema.const === null;

function merged(document: unknown, schema: Schema): Schema {
  if (!schema.allOf) return schema;
  const { allOf, ...whole } = schema;
  for (const given of allOf) {
    const part = merged(document, resolved(document, given));
    Object.assign(whole, {
      ...part,
      ...whole,
      properties: { ...part.properties, ...whole.properties },
      required: [...(part.required ?? []), ...(whole.required ?? [])],
    });
  }
  return whole;
}

/** The type in a few words: `list of string (email)`, `BookingView or null`. */
export function typeText(document: unknown, given: Schema): string {
  const { schema, name, isNullable } = plain(document, given);
  const text = bareTypeText(document, schema, name);
  return isNullable ? `${text} ${words.schema.orNull}` : text;
}

function bareTypeText(document: unknown, schema: Schema, name: string): string {
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return alternatives.map((one) => typeText(document, one)).join(' | ');
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : schema.type;
  if (type === 'array' || schema.items) {
    return words.schema.listOf(
      schema.items ? typeText(document, schema.items) : words.schema.anything,
    );
  }
  if (type === 'object' || schema.properties) {
    if (schema.properties) return name || schema.title || 'object';
    return typeof schema.additionalProperties === 'object'
      ? words.schema.mapOf(typeText(document, schema.additionalProperties))
      : 'object';
  }
  if (!type && schema.enum) return typeof schema.enum[0];
  if (!type && schema.const !== undefined) return typeof schema.const;
  return [type ?? words.schema.anything, schema.format && `(${schema.format})`]
    .filter(Boolean)
    .join(' ');
}

/** What a value must keep to, one phrase each. */
export function constraints(schema: Schema): string[] {
  const text = words.schema;
  const phrases: string[] = [];
  const say = (value: unknown, before: string, after = '') => {
    if (value !== undefined) phrases.push(`${before} ${value} ${after}`.trim());
  };
  say(schema.minimum, text.least);
  say(schema.exclusiveMinimum, text.above);
  say(schema.maximum, text.most);
  say(schema.exclusiveMaximum, text.below);
  say(schema.multipleOf, text.step);
  say(schema.minLength, text.least, text.characters);
  say(schema.maxLength, text.most, text.characters);
  say(schema.minItems, text.least, text.items);
  say(schema.maxItems, text.most, text.items);
  if (schema.uniqueItems) phrases.push(text.unique);
  return phrases;
}

/** The schemas one level below: fields, entries, alternatives. */
export function hasInside(document: unknown, given: Schema): boolean {
  const { schema } = plain(document, given);
  if (schema.properties && Object.keys(schema.properties).length) return true;
  const deeper = [
    ...(schema.items ? [schema.items] : []),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
    ...(schema.oneOf ?? schema.anyOf ?? []),
  ];
  return deeper.some((one) => hasInside(document, one));
}

/** A value that such a schema could hold, for the examples. */
export function sample(document: unknown, given: Schema, name = '', depth = 0): unknown {
  const { schema } = plain(document, given);
  const told = schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.enum?.[0];
  if (told !== undefined) return told;
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  const [first] = schema.oneOf ?? schema.anyOf ?? [];
  if (first) return sample(document, first, name, depth);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (schema.properties) return sampleObject(document, schema, depth);
  if (type === 'array')
    return schema.items && depth < 4 ? [sample(document, schema.items, name, depth + 1)] : [];
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  if (type === 'object') return {};
  return sampleText(schema, name);
}

function sampleObject(document: unknown, schema: Schema, depth: number): unknown {
  if (depth > 4) return {};
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {});
  const shown = fields.some(([name]) => required.has(name))
    ? fields.filter(([name]) => required.has(name))
    : fields.slice(0, 3);
  return Object.fromEntries(
    shown.map(([name, field]) => [name, sample(document, field, name, depth + 1)]),
  );
}

const telling: Record<string, string> = {
  email: 'joe@example.com',
  password: 'correct horse battery',
  name: 'Joe Miller',
  businessName: 'Joe Miller Plumbing',
  phone: '+64 21 000 000',
  date: '2026-11-24',
  time: '09:00',
  timezone: 'Pacific/Auckland',
  country: 'NZ',
  currency: 'NZD',
  token: 'TOKEN',
  code: '123456',
  totp: '123456',
};

function sampleText(schema: Schema, name: string): string {
  if (schema.format === 'date-time') return '2026-11-24T09:00:00+13:00';
  if (schema.format === 'date') return '2026-11-24';
  if (schema.format === 'email') return 'joe@example.com';
  if (schema.format === 'uri') return 'https://example.com';
  return telling[name] ?? '…';
}
