// The table of events, put together from what each context sends and hears.
import { type AsyncApi, type Channel, type ContextName, contexts, type Message } from './documents';
import { resolved, type Schema } from './schema';

export interface EventRow {
  id: string;
  name: string;
  version: string;
  publishers: Set<ContextName>;
  listeners: Set<ContextName>;
  description: string;
  payload: Schema | undefined;
  document: AsyncApi;
}

const versioned = /([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)\.v(\d+)/;

export function eventRows(documents: ReadonlyMap<ContextName, AsyncApi>): EventRow[] {
  const rows = new Map<string, EventRow>();
  for (const [context, document] of documents) {
    for (const { action, message, channel } of told(document)) {
      for (const payload of variants(document, message.payload)) {
        const { name, version } = called(message, channel, payload);
        const id = `event-${name}-${version}`.replace(/[^a-zA-Z0-9-]+/g, '-');
        const row = rows.get(id) ?? {
          id,
          name,
          version,
          publishers: new Set<ContextName>(),
          listeners: new Set<ContextName>(),
          description: '',
          payload: undefined,
          document,
        };
        (action === 'send' ? row.publishers : row.listeners).add(context);
        const producer = contexts.find((one) => one === message['x-producer']);
        if (producer) row.publishers.add(producer);
        // The publisher's own words and fields win over a listener's.
        if (action === 'send' || !row.payload) {
          row.payload = payload;
          row.document = document;
          row.description =
            payload?.description ?? message.description ?? message.summary ?? row.description;
        }
        rows.set(id, row);
      }
    }
  }
  return [...rows.values()].sort((a, b) => a.name.localeCompare(b.name));
}

interface Told {
  action: 'send' | 'receive';
  message: Message;
  channel: Channel;
}

function told(document: AsyncApi): Told[] {
  return Object.values(document.operations ?? {}).flatMap(({ action, channel, messages }) => {
    const whole = resolved(document, channel);
    const given = messages ?? Object.values(whole.messages ?? {});
    return given.map((message) => ({
      action,
      message: resolved(document, message),
      channel: whole,
    }));
  });
}

function variants(document: AsyncApi, payload: Schema | undefined): (Schema | undefined)[] {
  if (!payload) return [undefined];
  const schema = resolved(document, payload);
  const alternatives = schema.oneOf ?? schema.anyOf;
  return alternatives ? alternatives.map((one) => resolved(document, one)) : [schema];
}

function called(message: Message, channel: Channel, payload: Schema | undefined) {
  const type = payload?.properties?.type;
  const header = message.headers?.properties?.['ce-type'] ?? message.headers?.properties?.type;
  const candidates = [
    type?.const ?? type?.enum?.[0],
    header?.const ?? header?.enum?.[0],
    message.name,
    message.title,
    channel.address,
  ].filter((one) => typeof one === 'string');
  for (const candidate of candidates) {
    const found = versioned.exec(candidate);
    if (found?.[1] && found[2]) return { name: found[1], version: `v${found[2]}` };
  }
  return { name: channel.address ?? candidates[0] ?? '?', version: '–' };
}
