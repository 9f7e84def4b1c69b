import { type Call, jsonOf } from './documents';
import { sample } from './schema';

/** The call as one would type it into a shell. */
export function curl({ method, path, parameters, operation, document, isPrivate }: Call): string {
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(
      ({ name, schema }) =>
        `${name}=${encodeURIComponent(String(sample(document, schema ?? {}, name)))}`,
    )
    .join('&');
  const filled = path.replace(/\{([^}:]+)(?::[^}]*)?\}/g, (_, name: string) => name.toUpperCase());
  const address = `${location.origin}${filled}${query ? `?${query}` : ''}`;
  const parts = [`curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${quoted(address)}`];
  if (isPrivate) parts.push("-b 'pp_session=YOUR_SESSION'");
  const schema = jsonOf(operation.requestBody)?.schema;
  if (schema) {
    parts.push("-H 'Content-Type: application/json'");
    parts.push(`-d ${quoted(JSON.stringify(sample(document, schema), null, 2))}`);
  }
  return parts.join(' \\\n  ');
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
