// The docs page: asks every context for its documents, and shows what they answer.
import { Button, type Resource, useResource } from '@peepopay/ui';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { CallView, Method } from './call-view';
import { Conventions } from './conventions';
import {
  asyncApiAddress,
  type Call,
  type ContextName,
  callsOf,
  contexts,
  loadAsyncApi,
  loadOpenApi,
  openApiAddress,
} from './documents';
import { type EventRow, eventRows } from './events';
import { EventsView } from './events-view';
import { words } from './words';

interface Loaded<T> {
  ready: ReadonlyMap<ContextName, T>;
  silent: readonly ContextName[];
}

async function all<T>(
  load: (context: string, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<Loaded<T>> {
  const answers = await Promise.allSettled(contexts.map((context) => load(context, signal)));
  const ready = new Map<ContextName, T>();
  const silent: ContextName[] = [];
  contexts.forEach((context, index) => {
    const answer = answers[index];
    if (answer?.status === 'fulfilled') ready.set(context, answer.value);
    else silent.push(context);
  });
  return { ready, silent };
}

async function loadCalls({ signal }: { signal: AbortSignal }) {
  const { ready, silent } = await all(loadOpenApi, signal);
  const calls = [...ready].flatMap(([context, document]) => callsOf(context, document));
  return { calls, silent };
}

async function loadEvents({ signal }: { signal: AbortSignal }) {
  const { ready, silent } = await all(loadAsyncApi, signal);
  return { rows: eventRows(ready), silent };
}

export function App() {
  const calls = useResource(loadCalls);
  const events = useResource(loadEvents);
  const [query, setQuery] = useState('');
  const isLoaded = calls.resource.state === 'ready' && events.resource.state === 'ready';
  useOpenedByAddress(isLoaded);

  const found = useMemo(
    () => ({
      calls: matching(dataOf(calls.resource)?.calls ?? [], query, callText),
      events: matching(dataOf(events.resource)?.rows ?? [], query, eventText),
    }),
    [calls.resource, events.resource, query],
  );
  return (
    <div class="docs wide">
      <aside class="docs-side">
        <SearchBox
          query={query}
          onQuery={(text) => {
            setQuery(text);
            scrollTo(0, 0);
          }}
          said={query && isLoaded ? words.found(found.calls.length, found.events.length) : ''}
        />
        <Menu calls={found.calls} isSearching={query !== ''} />
      </aside>
      <main class="docs-main" id="content">
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>
        {query === '' && <Conventions />}
        {contexts.map((context) => (
          <ContextChapter
            key={context}
            context={context}
            calls={found.calls.filter((call) => call.context === context)}
            state={chapterState(context, calls.resource)}
            isSearching={query !== ''}
            onRetry={calls.reload}
          />
        ))}
        <EventsChapter
          rows={found.events}
          resource={events.resource}
          isSearching={query !== ''}
          onRetry={events.reload}
        />
      </main>
    </div>
  );
}

function dataOf<T>(resource: Resource<T>): T | undefined {
  return resource.state === 'ready' ? resource.data : undefined;
}

function matching<T>(things: T[], query: string, text: (thing: T) => string): T[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return things.filter((thing) => {
    const whole = text(thing).toLowerCase();
    return wanted.every((word) => whole.includes(word));
  });
}

const callText = ({ method, path, context, operation }: Call) =>
  [context, method, path, operation.summary, operation.description].join(' ');

const eventText = ({ name, description, publishers, listeners }: EventRow) =>
  [name, description, ...publishers, ...listeners].join(' ');

interface SearchBoxProps {
  query: string;
  onQuery: (query: string) => void;
  said: string;
}

function SearchBox({ query, onQuery, said }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement;
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  return (
    <search class="docs-search">
      <label class="visually-hidden" for="search">
        {words.search}
      </label>
      <input
        ref={input}
        class="input"
        id="search"
        type="search"
        placeholder={words.search}
        title={words.searchHint}
        autoComplete="off"
        spellcheck={false}
        value={query}
        onInput={(event) => onQuery(event.currentTarget.value)}
      />
      <p class="docs-found" role="status">
        {said}
      </p>
    </search>
  );
}

interface ContentsProps {
  calls: Call[];
  isSearching: boolean;
}

/** Beside the text where there is room, else folded above it until it is asked for. */
function Menu(props: ContentsProps) {
  const isWide = useIsWide();
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = () => menu.current?.removeAttribute('open');
    addEventListener('hashchange', close);
    return () => removeEventListener('hashchange', close);
  }, []);
  if (isWide) return <Contents {...props} />;
  return (
    <details class="docs-menu" ref={menu}>
      <summary>{words.contents}</summary>
      <Contents {...props} />
    </details>
  );
}

const roomForSide = matchMedia('(min-width: 62rem)');

function useIsWide(): boolean {
  const [isWide, setWide] = useState(roomForSide.matches);
  useEffect(() => {
    const look = () => setWide(roomForSide.matches);
    roomForSide.addEventListener('change', look);
    return () => roomForSide.removeEventListener('change', look);
  }, []);
  return isWide;
}

function Contents({ calls, isSearching }: ContentsProps) {
  return (
    <nav class="docs-nav" aria-label={words.contents}>
      {!isSearching && (
        <>
          <a href="#conventions">{words.conventions}</a>
          <a href="#answers">{words.answers}</a>
          <a href="#errors">{words.errors}</a>
        </>
      )}
      {contexts.map((context) => {
        const own = calls.filter((call) => call.context === context);
        if (isSearching && !own.length) return null;
        return (
          <details key={context} open={isSearching}>
            <summary>
              {context} <span class="docs-count">{own.length || ''}</span>
            </summary>
            <a href={`#${context}`}>{words.start}</a>
            {own.map((call) => (
              <a key={call.id} href={`#${call.id}`} title={call.path}>
                <Method method={call.method} />
                <span>{call.operation.summary ?? call.path}</span>
              </a>
            ))}
          </details>
        );
      })}
      <a href="#events">{words.events}</a>
    </nav>
  );
}

type ChapterState = 'loading' | 'silent' | 'ready';

function chapterState(
  context: ContextName,
  resource: Resource<{ silent: readonly ContextName[] }>,
): ChapterState {
  if (resource.state === 'loading') return 'loading';
  if (resource.state === 'failed' || resource.data.silent.includes(context)) return 'silent';
  return 'ready';
}

interface ContextChapterProps {
  context: ContextName;
  calls: Call[];
  state: ChapterState;
  isSearching: boolean;
  onRetry: () => void;
}

function ContextChapter({ context, calls, state, isSearching, onRetry }: ContextChapterProps) {
  if (isSearching && !calls.length) return null;
  return (
    <section class="chapter" aria-labelledby={context}>
      <div class="chapter-head">
        <h2 id={context}>{context}</h2>
        <a class="raw-link" href={openApiAddress(context)}>
          {words.openapi}: {words.raw}
        </a>
      </div>
      <p class="chapter-lead">{words.contexts[context]}</p>
      {state === 'loading' && <p role="status">{words.loading}</p>}
      {state === 'silent' && <Silent said={words.silent(context)} onRetry={onRetry} />}
      {state === 'ready' && !calls.length && <p>{words.noCalls}</p>}
      {calls.map((call) => (
        <CallView key={call.id} call={call} />
      ))}
    </section>
  );
}

function Silent({ said, onRetry }: { said: string; onRetry: () => void }) {
  return (
    <div class="notice notice-warn" role="status">
      <p>{said}</p>
      <Button look="quiet" small onClick={onRetry}>
        {words.retry}
      </Button>
    </div>
  );
}

interface EventsChapterProps {
  rows: EventRow[];
  resource: Resource<{ silent: readonly ContextName[] }>;
  isSearching: boolean;
  onRetry: () => void;
}

function EventsChapter({ rows, resource, isSearching, onRetry }: EventsChapterProps) {
  const silent = dataOf(resource)?.silent ?? [];
  return (
    <section class="chapter" aria-labelledby="events">
      <h2 id="events">{words.events}</h2>
      <p class="chapter-lead">{words.eventTable.lead}</p>
      <p class="raw-links">
        {words.asyncapi}:{' '}
        {contexts.map((context) => (
          <a key={context} href={asyncApiAddress(context)}>
            {context}
          </a>
        ))}
      </p>
      {resource.state === 'loading' && <p role="status">{words.loading}</p>}
      {silent.length > 0 && (
        <Silent said={words.eventTable.silent(silent.join(', '))} onRetry={onRetry} />
      )}
      {resource.state === 'ready' && !rows.length && (
        <p>{isSearching ? words.noMatch : words.eventTable.none}</p>
      )}
      {rows.length > 0 && <EventsView rows={rows} />}
    </section>
  );
}

/** An address with a #call opens that call, also when the call is drawn after the page is there. */
function useOpenedByAddress(isLoaded: boolean): void {
  useEffect(() => {
    if (!isLoaded) return;
    const open = () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target) return;
      if (target instanceof HTMLDetailsElement) target.open = true;
      target.scrollIntoView();
    };
    open();
    addEventListener('hashchange', open);
    return () => removeEventListener('hashchange', open);
  }, [isLoaded]);
}
