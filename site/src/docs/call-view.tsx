import { curl } from './curl';
import { type Body, type Call, codesOf, jsonOf } from './documents';
import { resolved } from './schema';
import { FieldRow, SchemaFields } from './schema-view';
import { words } from './words';

const text = words.operation;

export function CallView({ call }: { call: Call }) {
  const { id, method, path, operation } = call;
  return (
    <details class="call" id={id}>
      <summary>
        <Method method={method} />
        <code class="call-path">{path}</code>
        <span class="call-summary">
          {operation.summary}
          {operation.deprecated && <span class="badge">{text.deprecated}</span>}
        </span>
      </summary>
      <div class="call-body">
        <div class="call-words">
          {operation.description && <p class="call-text">{operation.description}</p>}
          <Parameters call={call} />
          <Request call={call} />
          <Responses call={call} />
        </div>
        <div class="call-example">
          <h3>{text.example}</h3>
          <pre tabindex={0}>
            <code>{curl(call)}</code>
          </pre>
          <a class="call-link" href={`#${id}`}>
            {text.link}
          </a>
        </div>
      </div>
    </details>
  );
}

export function Method({ method }: { method: string }) {
  return <span class={`method method-${method}`}>{method.toUpperCase()}</span>;
}

function Parameters({ call }: { call: Call }) {
  if (!call.parameters.length) return null;
  return (
    <section>
      <h3>{text.parameters}</h3>
      <ul class="fields">
        {call.parameters.map((parameter) => (
          <FieldRow
            key={`${parameter.in}-${parameter.name}`}
            name={parameter.name}
            document={call.document}
            schema={{
              ...parameter.schema,
              ...(parameter.description ? { description: parameter.description } : {}),
            }}
            isRequired={parameter.required ?? false}
            place={text.in[parameter.in] ?? parameter.in}
          />
        ))}
      </ul>
    </section>
  );
}

function Request({ call: { document, operation } }: { call: Call }) {
  const body = operation.requestBody && resolved(document, operation.requestBody);
  const schema = jsonOf(body)?.schema;
  if (!body || !schema) return null;
  return (
    <section>
      <h3>{text.request}</h3>
      {body.description && <p>{body.description}</p>}
      <SchemaFields document={document} schema={schema} />
    </section>
  );
}

function Responses({ call: { document, operation } }: { call: Call }) {
  const all = Object.entries(operation.responses ?? {}).map(([status, body]): [string, Body] => [
    status,
    resolved(document, body),
  ]);
  const good = all.filter(([status]) => status < '400');
  const bad = all.filter(([status]) => status >= '400' && status !== 'default');
  return (
    <>
      {good.length > 0 && (
        <section>
          <h3>{text.responses}</h3>
          {good.map(([status, body]) => {
            const schema = jsonOf(body)?.schema;
            return (
              <div class="response" key={status}>
                <p>
                  <span class="status status-good">{status}</span> {body.description}
                </p>
                {schema ? (
                  <SchemaFields document={document} schema={schema} />
                ) : (
                  <p>{text.noBody}</p>
                )}
              </div>
            );
          })}
        </section>
      )}
      <section>
        <h3>{text.refusals}</h3>
        {bad.length > 0 && (
          <ul class="refusals">
            {bad.map(([status, body]) => (
              <li key={status}>
                <span class="status status-bad">{status}</span>
                {codesOf(document, body).map((code) => (
                  <code key={code}>{code}</code>
                ))}
                <span>{body.description}</span>
              </li>
            ))}
          </ul>
        )}
        <p class="call-note">
          <a href="#errors">{text.anyOther}</a>
        </p>
      </section>
    </>
  );
}
