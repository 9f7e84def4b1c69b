import { words } from './words';

const success = `{
  "success": true,
  "data": [{ "id": "svc_…", "name": "Hot water check" }],
  "meta": { "page": 1, "limit": 20, "total": 1 }
}`;

const failure = `{
  "success": false,
  "statusCode": 409,
  "requestId": "…",
  "error": {
    "code": "SLOT_UNAVAILABLE",
    "message": "for a person",
    "details": { "customer.email": "what is wrong" },
    "retryable": false,
    "suggestedAction": "pick another time"
  }
}`;

/** What holds for every call: said once, before the calls. */
export function Conventions() {
  return (
    <>
      <section class="chapter" aria-labelledby="conventions">
        <h2 id="conventions">{words.conventions}</h2>
        <dl class="conventions">
          {words.conventionList.map(([title, text]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="chapter" aria-labelledby="answers">
        <h2 id="answers">{words.answers}</h2>
        <p>{words.answersText}</p>
        <div class="shapes">
          <Shape label={words.success} json={success} />
          <Shape label={words.failure} json={failure} />
        </div>
      </section>
      <section class="chapter" aria-labelledby="errors">
        <h2 id="errors">{words.errors}</h2>
        <div class="table-frame">
          <table>
            <thead>
              <tr>
                {words.refusalColumns.map((column) => (
                  <th scope="col" key={column}>
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {words.commonRefusals.map(([status, code, meaning]) => (
                <tr key={code}>
                  <td>{status}</td>
                  <td>
                    <code>{code}</code>
                  </td>
                  <td>{meaning}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}

function Shape({ label, json }: { label: string; json: string }) {
  return (
    <div>
      <p>{label}</p>
      <pre tabindex={0}>
        <code>{json}</code>
      </pre>
    </div>
  );
}
