// One way to ask the API: the envelope, its failures, deadlines and idempotency keys.

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Page {
  page: number;
  limit: number;
  total: number;
}

export interface Listing<T> {
  items: T[];
  meta: Page;
}

export interface CallOptions {
  body?: unknown;
  query?: Record<string, string | number | undefined>;
  signal?: AbortSignal | undefined;
  /** Given by the form: the same submission sent again must not act twice. */
  idempotencyKey?: string | undefined;
}

interface FailureEnvelope {
  success: false;
  requestId?: string;
  error: {
    code: string;
    message: string;
    details?: Record<string, string> | null;
    retryable?: boolean;
    suggestedAction?: string | null;
  };
}

/** The API answered, and said no. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, string> = {},
    readonly retryable = false,
    readonly suggestedAction = '',
    readonly requestId = '',
    /** Seconds to wait before another try, where the answer says so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** No answer came: the network is down, or it took too long. Whether the call acted is unknown. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

const DEADLINE_MS = 20_000;

export async function call<T>(method: Method, path: string, options?: CallOptions): Promise<T> {
  return (await envelope(method, path, options)).data as T;
}

export async function callForList<T>(path: string, options?: CallOptions): Promise<Listing<T>> {
  const { data, meta } = await envelope('GET', path, options);
  const items = data as T[];
  return { items, meta: meta ?? { page: 1, limit: items.length, total: items.length } };
}

export function newIdempotencyKey(): string {
  // Not randomUUID: browsers have that on https and localhost only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function envelope(
  method: Method,
  path: string,
  options: CallOptions = {},
): Promise<{ data: unknown; meta?: Page }> {
  const response = await answer(method, path, options);
  const content = await readJson(response);
  if (isSuccess(content)) return content;
  throw refusal(response, content);
}

async function answer(method: Method, path: string, options: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), DEADLINE_MS);
  const leave = () => deadline.abort();
  if (options.signal?.aborted) leave();
  options.signal?.addEventListener('abort', leave, { once: true });
  try {
    return await fetch(path + queryText(options.query), {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: deadline.signal,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new NoAnswer('No answer came from the server.', { cause });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', leave);
  }
}

function queryText(query: CallOptions['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return pairs.length ? `?${new URLSearchParams(pairs)}` : '';
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text().catch((cause: unknown) => {
    throw new NoAnswer('The answer broke off.', { cause });
  });
  if (text === '' && response.ok) return { success: true, data: null };
  try {
    return JSON.parse(text);
  } catch {
    // Whatever stands between us and the API spoke HTML; the status alone tells what happened.
    return null;
  }
}

function isSuccess(content: unknown): content is { success: true; data: unknown; meta?: Page } {
  return isObject(content) && content.success === true;
}

function isFailure(content: unknown): content is FailureEnvelope {
  return isObject(content) && content.success === false && isObject(content.error);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function refusal(response: Response, content: unknown): ApiRefusal {
  const wait = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const retryAfter = Number.isFinite(wait) ? wait : null;
  if (!isFailure(content)) {
    const retryable = response.status >= 500;
    return new ApiRefusal(response.status, 'UNREADABLE', '', {}, retryable, '', '', retryAfter);
  }
  const { code, message, details, retryable, suggestedAction } = content.error;
  return new ApiRefusal(
    response.status,
    code,
    message,
    details ?? {},
    retryable ?? false,
    suggestedAction ?? '',
    content.requestId ?? '',
    retryAfter,
  );
}
