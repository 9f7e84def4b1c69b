import type { EventRow } from './events';
import { plain } from './schema';
import { SchemaFields } from './schema-view';
import { words } from './words';

const text = words.eventTable;

export function EventsView({ rows }: { rows: EventRow[] }) {
  return (
    <div class="table-frame">
      <table class="events">
        <thead>
          <tr>
            <th scope="col">{text.name}</th>
            <th scope="col">{text.version}</th>
            <th scope="col">{text.publishes}</th>
            <th scope="col">{text.listens}</th>
            <th scope="col">{text.payload}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <EventLine key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EventLine({ row }: { row: EventRow }) {
  const fields = row.payload ? plain(row.document, row.payload).schema.properties : undefined;
  const count = Object.keys(fields ?? {}).length;
  return (
    <tr id={row.id}>
      <th scope="row" data-label={text.name}>
        <code>{row.name}</code>
        {row.description && <span class="event-text">{row.description}</span>}
      </th>
      <td data-label={text.version}>{row.version}</td>
      <td data-label={text.publishes}>{[...row.publishers].join(', ') || text.nobody}</td>
      <td data-label={text.listens}>{[...row.listeners].join(', ') || text.nobody}</td>
      <td data-label={text.payload}>
        {row.payload && count > 0 ? (
          <details>
            <summary>{text.fields(count)}</summary>
            <SchemaFields document={row.document} schema={row.payload} />
          </details>
        ) : (
          text.nobody
        )}
      </td>
    </tr>
  );
}
