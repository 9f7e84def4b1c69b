// Every text of the docs page, in one table per language.

const en = {
  title: 'API docs',
  lead: 'Read from the running product: what you see here is what this installation answers.',
  contents: 'Contents',
  start: 'Overview',
  conventions: 'Conventions',
  answers: 'Answers',
  errors: 'Errors',
  events: 'Events',
  search: 'Search calls and events',
  searchHint: 'Press / to search',
  found: (calls: number, events: number) =>
    `Found: ${calls} of the calls, ${events} of the events.`,
  loading: 'Asking …',
  silent: (context: string) =>
    `${context} doesn’t answer right now, so its calls can’t be shown. The others are below.`,
  noCalls: 'This context has no public calls yet.',
  noMatch: 'Nothing here matches.',
  retry: 'Ask again',
  raw: 'Raw JSON',
  openapi: 'OpenAPI',
  asyncapi: 'AsyncAPI',
  calls: (count: number) => (count === 1 ? '1 call' : `${count} calls`),

  conventionList: [
    [
      'Addresses',
      'All public paths start with /api. Bodies are JSON in camelCase, at most 1 MB. Ids are opaque strings whose prefix tells the kind (svc_…, book_…, pay_…) and which sort by time.',
    ],
    [
      'Who is asking',
      'POST /api/auth/login answers with the cookie pp_session. Send it with every private call. The widget’s public calls take any origin and no cookie.',
    ],
    [
      'Money',
      'An object with the amount in the currency’s smallest unit, an integer: {"amount": 5000, "currency": "NZD", "display": "$50.00"}. Leave display out when you send it.',
    ],
    [
      'Time',
      'Instants are RFC 3339 with offset. Dates (YYYY-MM-DD) and times (HH:MM) are the business’s wall clock.',
    ],
    [
      'Sending twice',
      'Every POST that creates or charges takes an Idempotency-Key of 1 to 255 visible characters. The same key with the same body within 24 hours gives the first answer again; with another body, 409 IDEMPOTENCY_KEY_REUSED.',
    ],
    ['Lists', 'page starts at 1, limit is 1 to 100, and meta tells page, limit and total.'],
    [
      'Finding an answer again',
      'Every answer carries X-Request-ID. Send a valid one and it is kept.',
    ],
  ] as const,

  answersText: 'Every answer has one of two shapes, also those of the gateway, and never HTML.',
  success: 'Success; a list adds meta:',
  failure: 'Failure; details has one entry for every bad field:',
  commonRefusals: [
    ['400', 'VALIDATION_ERROR', 'One entry in details for every bad field.'],
    ['401', 'UNAUTHENTICATED', 'Not logged in, or no longer.'],
    ['403', 'FORBIDDEN', 'Your role doesn’t allow it.'],
    ['403', 'CROSS_SITE', 'A changing call with the session cookie from a foreign origin.'],
    ['404', 'NOT_FOUND', 'Not there, or somebody else’s.'],
    ['405', 'METHOD_NOT_ALLOWED', 'This path doesn’t take this method.'],
    [
      '409',
      'IDEMPOTENCY_KEY_REUSED',
      'An Idempotency-Key may be sent with every POST that creates or charges; this one came before with another body. Other conflicts have codes of their own.',
    ],
    ['413', 'PAYLOAD_TOO_LARGE', 'The body has more than 1 MB.'],
    ['429', 'RATE_LIMITED', 'Too often. Retry-After tells the seconds to wait.'],
    ['500', 'INTERNAL_ERROR', 'Our mistake. Its requestId lets us find it.'],
    [
      '502',
      'BAD_GATEWAY',
      'The answer was lost on its way. Look whether the call acted, or repeat it with the same Idempotency-Key.',
    ],
    ['503', 'SERVICE_UNAVAILABLE', 'This part is away for a moment. Try again in a few seconds.'],
    ['504', 'GATEWAY_TIMEOUT', 'The answer took too long. Treat it like 502.'],
  ] as const,
  refusalColumns: ['Status', 'Code', 'Means'] as const,

  contexts: {
    auth: 'Accounts, sessions, second factor, team, audit log.',
    catalog: 'The business’s profile, settings and services.',
    availability: 'Opening hours, staff, closed days, and the times that are free.',
    booking: 'Bookings from the first click to the finished job.',
    payments: 'Deposits, balances, refunds, and the connection to Stripe.',
    notify: 'E-mails, text messages, notifications, webhooks for other programs.',
  } as Record<string, string>,

  operation: {
    parameters: 'Parameters',
    request: 'Request body',
    responses: 'Answers',
    refusals: 'Refusals',
    anyOther: 'Every refusal has the one shape; the codes that any call can have are listed above.',
    example: 'Example',
    required: 'required',
    deprecated: 'deprecated',
    in: { path: 'path', query: 'query', header: 'header', cookie: 'cookie' } as Record<
      string,
      string
    >,
    noBody: 'No content.',
    link: 'Link to this call',
  },

  schema: {
    anything: 'anything',
    orNull: 'or null',
    listOf: (item: string) => `list of ${item}`,
    mapOf: (item: string) => `map to ${item}`,
    oneOf: 'one of these:',
    values: 'one of',
    always: 'always',
    standard: 'default',
    again: (name: string) => `${name}, as above`,
    least: 'at least',
    most: 'at most',
    above: 'more than',
    below: 'less than',
    step: 'a multiple of',
    pattern: 'matches',
    characters: 'characters',
    items: 'entries',
    unique: 'no entry twice',
  },

  eventTable: {
    lead: 'What the contexts tell each other, as CloudEvents over RabbitMQ. A field is never changed or dropped, only added; what must change gets a new version.',
    name: 'Event',
    version: 'Version',
    publishes: 'Published by',
    listens: 'Heard by',
    payload: 'Payload',
    nobody: '–',
    none: 'No events are described yet.',
    silent: (contexts: string) => `No events are known from: ${contexts}.`,
    fields: (count: number) => (count === 1 ? '1 field' : `${count} fields`),
  },
};

export type Words = typeof en;

export const words: Words = en;
