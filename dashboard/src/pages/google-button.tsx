import { auth } from '@peepopay/api';
import { buttonClass } from '@peepopay/ui';
import { GoogleIcon } from '../layout/icons';
import { words } from '../words';

export function GoogleButton() {
  return (
    <>
      <p class="divider">{words.or}</p>
      <a class={buttonClass('quiet', false, true)} href={auth.googleSignIn}>
        <GoogleIcon />
        {words.google.button}
      </a>
    </>
  );
}
