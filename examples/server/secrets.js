import { asPublic, loadSecretsSync } from 'blackbox-ts';
import { z } from 'zod';

const schema = z.object({
  db: z.object({ user: z.string().transform(asPublic), password: z.string().min(8) }),
  session: z.object({ key: z.string().min(16) }),
});

export const secrets = loadSecretsSync({ schema });
