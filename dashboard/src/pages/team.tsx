import { auth, type Member, type Role } from '@peepopay/api';
import { Button, ChoiceField, Dialog, Field, Live, Notice, useResource } from '@peepopay/ui';
import { useState } from 'preact/hooks';
import { sentence } from '../explain';
import { Form, useForm } from '../form';
import { Heading } from '../layout/heading';
import { Failed, Loading, useLoggedOut } from '../layout/states';
import { onDay } from '../moments';
import { useMe } from '../session';
import { words } from '../words';
import { ActButton } from './act-button';

const text = words.team;

export function Team() {
  const { role } = useMe();
  const { resource, reload } = useResource(auth.team);
  const [said, setSaid] = useState('');
  const [leaving, setLeaving] = useState<Member | null>(null);
  const mayChange = role !== 'tech';
  const change = (sentence: string) => {
    setSaid(sentence);
    reload();
  };
  return (
    <>
      <div class="page-title">
        <Heading>{text.title}</Heading>
        <p class="soft">{text.lead}</p>
      </div>
      <Live>{said && <Notice kind="good">{said}</Notice>}</Live>
      <section class="card stack">
        {resource.state === 'loading' && <Loading />}
        {resource.state === 'failed' && <Failed failure={resource.failure} onRetry={reload} />}
        {resource.state === 'ready' && (
          <ul class="rows">
            {resource.data.map((member) => (
              <MemberRow
                key={member.id}
                member={member}
                mayChange={mayChange}
                onChanged={change}
                onRemove={() => setLeaving(member)}
              />
            ))}
          </ul>
        )}
      </section>
      {mayChange && <Invite mayMakeOwners={role === 'owner'} onInvited={change} />}
      {leaving && (
        <Remove
          member={leaving}
          onClose={() => setLeaving(null)}
          onRemoved={() => {
            setLeaving(null);
            change(text.removed(calledName(leaving)));
          }}
        />
      )}
    </>
  );
}

const calledName = (member: Member) => member.name || member.email;

const isRole = (value: string): value is Role => value in text.roles;

interface MemberRowProps {
  member: Member;
  mayChange: boolean;
  onChanged: (sentence: string) => void;
  onRemove: () => void;
}

function MemberRow({ member, mayChange, onChanged, onRemove }: MemberRowProps) {
  const { user } = useMe();
  const isMe = member.email === user.email;
  const canChange = mayChange && !isMe;
  const name = calledName(member);
  return (
    <li class="row">
      <div class="row-text">
        <p class="row-title">
          {name} {isMe && <span class="badge">{text.you}</span>}{' '}
          {member.status === 'invited' && <span class="badge badge-warn">{text.invited}</span>}
        </p>
        {member.name && <p class="soft">{member.email}</p>}
        <p class="soft">
          {text.roles[member.role]}
          {member.joinedAt && ` · ${text.joined(onDay(member.joinedAt))}`}
        </p>
      </div>
      {canChange && (
        <div class="row-actions">
          {member.status === 'active' && <RolePicker member={member} onChanged={onChanged} />}
          <Button look="danger" small label={text.removeLabel(name)} onClick={onRemove}>
            {text.remove}
          </Button>
        </div>
      )}
    </li>
  );
}

function RolePicker({ member, onChanged }: { member: Member; onChanged: (said: string) => void }) {
  const { role: mine } = useMe();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  useLoggedOut(failure);
  const name = calledName(member);
  const choose = async (select: HTMLSelectElement) => {
    const role = select.value;
    if (busy || !isRole(role)) return;
    setBusy(true);
    setFailure(null);
    try {
      await auth.changeRole(member.id, role);
      onChanged(text.roleChanged(name, text.roles[role]));
    } catch (refusal) {
      // What the page shows must stay what holds.
      select.value = member.role;
      setFailure(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="role-picker">
      <select
        class="input"
        aria-label={text.roleOf(name)}
        aria-busy={busy}
        value={member.role}
        onChange={(event) => void choose(event.currentTarget)}
      >
        {roleChoices(mine === 'owner' || member.role === 'owner').map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <Live urgent>{failure !== null && <p class="act-failed">{sentence(failure)}</p>}</Live>
    </div>
  );
}

function roleChoices(withOwner: boolean): [Role, string][] {
  const roles: Role[] = withOwner ? ['tech', 'admin', 'owner'] : ['tech', 'admin'];
  return roles.map((role) => [role, text.roles[role]]);
}

interface InviteProps {
  mayMakeOwners: boolean;
  onInvited: (sentence: string) => void;
}

function Invite({ mayMakeOwners, onInvited }: InviteProps) {
  const [role, setRole] = useState<Role>('tech');
  const form = useForm({
    send: async ({ email = '' }, idempotencyKey) => {
      await auth.invite({ email, role }, { idempotencyKey });
      return email;
    },
    done: (email, element) => {
      element.reset();
      setRole('tech');
      onInvited(text.inviteSent(email));
    },
  });
  return (
    <section class="card stack">
      <h2>{text.inviteTitle}</h2>
      <Form form={form} action={text.invite} wide={false}>
        <Field
          name="email"
          type="email"
          inputMode="email"
          label={words.fields.email}
          autoComplete="off"
          autoCapitalize="off"
          error={form.error('email')}
        />
        <ChoiceField
          name="role"
          label={words.fields.role}
          hint={text.roleTexts[role]}
          options={roleChoices(mayMakeOwners)}
          value={role}
          onChange={(value) => isRole(value) && setRole(value)}
          error={form.error('role')}
        />
      </Form>
    </section>
  );
}

interface RemoveProps {
  member: Member;
  onClose: () => void;
  onRemoved: () => void;
}

function Remove({ member, onClose, onRemoved }: RemoveProps) {
  return (
    <Dialog title={text.removeTitle(calledName(member))} onClose={onClose}>
      <p>{text.removeText}</p>
      <div class="dialog-actions">
        <Button look="quiet" small onClick={onClose}>
          {words.cancel}
        </Button>
        <ActButton look="danger" act={() => auth.removeMember(member.id)} onDone={onRemoved}>
          {text.remove}
        </ActButton>
      </div>
    </Dialog>
  );
}
