// The documents that the running contexts give out, and what this page reads of them.
import { resolved, type Schema } from './schema';

export const contexts = [
  'auth',
  'catalog',
  'availability',
  'booking',
  'payments',
  'notify',
] as const;

export type ContextName = (typeof contexts)[number];

export interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  deprecated?: boolean;
  schema?: Schema;
}

export interface Body {
  $ref?: string;
  description?: string;
  required?: boolean;
  content?: Record<string, Media>;
}

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  deprecated?: boolean;
  parameters?: Parameter[];
  requestBody?: Body;
  responses?: Record<string, Body>;
  security?: Record<string, string[]>[];
}

type PathItem = Partial<Record<string, Operation>> & { parameters?: Parameter[] };

export interface OpenApi {
  openapi: string;
  info: { title: string; version: string; description?: string };
  paths: Record<string, PathItem>;
  security?: Record<string, string[]>[];
}

export interface Message {
  $ref?: string;
  name?: string;
  title?: string;
  summary?: string;
  description?: string;
  payload?: Schema;
  headers?: Schema;
  /** Our own addition: a listener's document tells who publishes what it hears. */
  'x-producer'?: string;
}

export interface Channel {
  $ref?: string;
  address?: string;
  description?: string;
  messages?: Record<string, Message>;
}

export interface AsyncApi {
  asyncapi: string;
  channels?: Record<string, Channel>;
  operations?: Record<
    string,
    { action: 'send' | 'receive'; channel: Channel; messages?: Message[]; summary?: string }
  >;
}

export interface Call {
  id: string;
  context: ContextName;
  method: string;
  path: string;
  operation: Operation;
  parameters: Parameter[];
  isPrivate: boolean;
  document: OpenApi;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

export const openApiAddress = (context: string) => `/docs/openapi/${context}.json`;

export const asyncApiAddress = (context: string) => `/docs/asyncapi/${context}.json`;

export function loadOpenApi(context: string, signal: AbortSignal): Promise<OpenApi> {
  return load(openApiAddress(context), 'openapi', signal) as Promise<OpenApi>;
}

export function loadAsyncApi(context: string, signal: AbortSignal): Promise<AsyncApi> {
  return load(asyncApiAddress(context), 'asyncapi', signal) as Promise<AsyncApi>;
}

async function load(address: string, kind: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(address, { signal, headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const content: unknown = await response.json();
  const isDocument = typeof content === 'object' && content !== null && kind in content;
  if (!isDocument) throw new Error(`${address} is no ${kind} document`);
  return content;
}

export function callsOf(context: ContextName, document: OpenApi): Call[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const given = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      const security = operation.security ?? document.security ?? [];
      const id = `${context}-${method}${path.replace(/[^a-zA-Z0-9]+/g, '-')}`.replace(/-$/, '');
      return {
        id,
        context,
        method,
        path,
        operation,
        document,
        isPrivate: security.some((way) => Object.keys(way).length > 0),
        parameters: given.map((parameter) => resolved(document, parameter)),
      };
    }),
  );
}

export function jsonOf(body: Body | undefined): Media | undefined {
  const content = body?.content ?? {};
  return content['application/json'] ?? Object.values(content)[0];
}

/** The codes that a refusal can carry, from the schema and from the examples. */
export function codesOf(document: OpenApi, body: Body): string[] {
  const media = jsonOf(body);
  const told = [media?.example, ...Object.values(media?.examples ?? {}).map(({ value }) => value)];
  const shown = told.map((example) => at(at(example, 'error'), 'code'));
  const error = field(document, media?.schema, 'error');
  const code = field(document, error, 'code');
  const listed = [code?.const, ...(code?.enum ?? []), ...(code?.examples ?? [])];
  return [...new Set([...shown, ...listed].filter((one) => typeof one === 'string'))];
}

function field(document: OpenApi, schema: Schema | undefined, name: string): Schema | undefined {
  const inner = schema && resolved(document, schema).properties?.[name];
  return inner && resolved(document, inner);
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
