import { useEffect, useState } from 'preact/hooks';
import { Button } from './button';
import { Live } from './notice';

interface SnippetProps {
  text: string;
  copy: string;
  copied: string;
  failed: string;
}

/** A piece of text to copy, with its button. */
export function Snippet({ text, copy, copied, failed }: SnippetProps) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(''), 4000);
    return () => clearTimeout(timer);
  }, [said]);
  const take = () => {
    // The clipboard is missing on plain http: the text can still be selected by hand.
    const written =
      navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
    written.then(
      () => setSaid(copied),
      () => setSaid(failed),
    );
  };
  return (
    <div class="snippet">
      <pre>
        <code>{text}</code>
      </pre>
      <div class="snippet-actions">
        <Button look="quiet" small onClick={take}>
          {copy}
        </Button>
        <Live>{said}</Live>
      </div>
    </div>
  );
}
