import { Heading } from '../layout/heading';
import { words } from '../words';
import { SecondFactor } from './second-factor';
import { Sessions } from './sessions';

export function Security() {
  return (
    <>
      <div class="page-title">
        <Heading>{words.security.title}</Heading>
      </div>
      <SecondFactor />
      <Sessions />
    </>
  );
}
