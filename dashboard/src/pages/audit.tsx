import { type AuditEntry, auth, type Page } from '@peepopay/api';
import { currentPlace, Notice, useResource } from '@peepopay/ui';
import { useCallback } from 'preact/hooks';
import { at } from '../addresses';
import { Heading } from '../layout/heading';
import { Failed, Loading } from '../layout/states';
import { atMinute } from '../moments';
import { useMe } from '../session';
import { words } from '../words';

const text = words.audit;
const LIMIT = 25;

export function Audit() {
  const { role } = useMe();
  const page = Math.max(1, Number.parseInt(currentPlace().query.get('page') ?? '1', 10) || 1);
  const isOwner = role === 'owner';
  return (
    <>
      <div class="page-title">
        <Heading>{text.title}</Heading>
        {isOwner && <p class="soft">{text.lead}</p>}
      </div>
      {isOwner ? <Entries key={page} page={page} /> : <Notice>{text.ownersOnly}</Notice>}
    </>
  );
}

function Entries({ page }: { page: number }) {
  const load = useCallback(
    (only: { signal: AbortSignal }) => auth.audit({ page, limit: LIMIT }, only),
    [page],
  );
  const { resource, reload } = useResource(load);
  if (resource.state === 'loading') return <Loading />;
  if (resource.state === 'failed') return <Failed failure={resource.failure} onRetry={reload} />;
  const { items, meta } = resource.data;
  if (!items.length) return <Notice>{text.empty}</Notice>;
  return (
    <>
      <ol class="card rows">
        {items.map((entry) => (
          <EntryRow key={entry.id} entry={entry} />
        ))}
      </ol>
      <Pages meta={meta} shown={items.length} />
    </>
  );
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  const details = Object.entries(entry.details ?? {}).filter(([, value]) => value !== null);
  const { what, who } = summary(entry);
  return (
    <li class="row">
      <div class="row-text">
        <p class="row-title">{what}</p>
        <p class="soft">{who}</p>
        {details.length > 0 && (
          <dl class="facts">
            {details.map(([name, value]) => (
              <div key={name}>
                <dt>{readable(name)}</dt>
                <dd>{shown(name, value)}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
      <p class="row-aside soft">
        <time dateTime={entry.at}>{atMinute(entry.at)}</time>
        {entry.ipAddress && <span>{entry.ipAddress}</span>}
      </p>
    </li>
  );
}

/** Who failed to log in is not known: neither the one whose address it is, nor the product. */
function summary({ action, actor, target }: AuditEntry): { what: string; who: string } {
  if (action === 'login.failed' && target) {
    return { what: text.failedLogin(target), who: actor?.name ?? text.somebody };
  }
  const name = actor?.name ?? text.system;
  return { what: readable(action), who: target ? `${name} ${text.on} ${target}` : name };
}

function shown(name: string, value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isRole = name === 'role' || name === 'former';
  const roles: Record<string, string> = words.team.roles;
  return (isRole && roles[value]) || value;
}

/** `session.revoked` and `businessName` as a person would write them. */
function readable(name: string): string {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[._-]+/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1).toLowerCase();
}

function Pages({ meta, shown }: { meta: Page; shown: number }) {
  const first = (meta.page - 1) * meta.limit + 1;
  const last = first + shown - 1;
  return (
    <nav class="pages" aria-label={text.pages}>
      <span class="soft">{text.range(first, last, meta.total)}</span>
      {meta.page > 1 && (
        <a class="button button-quiet button-small" href={`${at.audit}?page=${meta.page - 1}`}>
          {text.newer}
        </a>
      )}
      {last < meta.total && (
        <a class="button button-quiet button-small" href={`${at.audit}?page=${meta.page + 1}`}>
          {text.older}
        </a>
      )}
    </nav>
  );
}
