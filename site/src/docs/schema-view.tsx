import { constraints, hasInside, plain, type Schema, typeText } from './schema';
import { words } from './words';

const text = words.schema;

interface FieldsProps {
  document: unknown;
  schema: Schema;
  /** The names of the schemas around this one: a schema that holds itself is not opened again. */
  around?: readonly string[];
}

/** What is inside a schema: its fields, its entries' fields, or its alternatives. */
export function SchemaFields({ document, schema: given, around = [] }: FieldsProps) {
  const { schema, name } = plain(document, given);
  if (name && around.includes(name)) return <p class="schema-note">{text.again(name)}</p>;
  const inside = name ? [...around, name] : around;
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) {
    return (
      <div class="schema-choices">
        <p class="schema-note">{text.oneOf}</p>
        {alternatives.map((one) => (
          <div class="schema-choice" key={typeText(document, one)}>
            <code>{typeText(document, one)}</code>
            <SchemaFields document={document} schema={one} around={inside} />
          </div>
        ))}
      </div>
    );
  }
  if (schema.items)
    return <SchemaFields document={document} schema={schema.items} around={inside} />;
  if (typeof schema.additionalProperties === 'object') {
    return (
      <SchemaFields document={document} schema={schema.additionalProperties} around={inside} />
    );
  }
  if (!schema.properties) return null;
  return (
    <ul class="fields">
      {Object.entries(schema.properties).map(([field, value]) => (
        <FieldRow
          key={field}
          name={field}
          document={document}
          schema={value}
          isRequired={schema.required?.includes(field) ?? false}
          around={inside}
        />
      ))}
    </ul>
  );
}

interface FieldRowProps extends FieldsProps {
  name: string;
  isRequired: boolean;
  place?: string;
}

export function FieldRow({
  name,
  document,
  schema: given,
  isRequired,
  place,
  around = [],
}: FieldRowProps) {
  const { schema } = plain(document, given);
  return (
    <li class="field-row">
      <p class="field-line">
        <code class="field-name">{name}</code>
        <span class="field-type">{typeText(document, given)}</span>
        {place && <span class="badge">{place}</span>}
        {isRequired && <span class="badge badge-warn">{words.operation.required}</span>}
        {schema.deprecated && <span class="badge">{words.operation.deprecated}</span>}
      </p>
      {schema.description && <p class="field-text">{schema.description}</p>}
      <Limits schema={schema} />
      {hasInside(document, given) && (
        <SchemaFields document={document} schema={given} around={around} />
      )}
    </li>
  );
}

function Limits({ schema }: { schema: Schema }) {
  const values = schema.enum?.map((value) => JSON.stringify(value));
  const phrases = constraints(schema).join(', ');
  const standard = schema.default;
  if (
    !values &&
    !phrases &&
    !schema.pattern &&
    standard === undefined &&
    schema.const === undefined
  ) {
    return null;
  }
  return (
    <p class="field-limits">
      {phrases && <span>{phrases}</span>}
      {values && (
        <span>
          {text.values}{' '}
          {values.map((value) => (
            <code key={value}>{value}</code>
          ))}
        </span>
      )}
      {schema.const !== undefined && (
        <span>
          {text.always} <code>{JSON.stringify(schema.const)}</code>
        </span>
      )}
      {schema.pattern && (
        <span>
          {text.pattern} <code>{schema.pattern}</code>
        </span>
      )}
      {standard !== undefined && standard !== null && (
        <span>
          {text.standard} <code>{JSON.stringify(standard)}</code>
        </span>
      )}
    </p>
  );
}
