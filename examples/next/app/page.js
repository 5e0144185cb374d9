import { secrets } from '../secrets.js';
import { Clock } from './clock.js';

export const dynamic = 'force-dynamic';

export default function Page() {
  return (
    <main>
      <p>signed in as {secrets.db.user.reveal()}</p>
      <p>the password is {String(secrets.db.password)}</p>
      <Clock />
    </main>
  );
}
