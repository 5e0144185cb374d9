import { z } from 'zod';

export const schema = z.object({
  db: z.object({ user: z.string(), password: z.string().min(8), port: z.number().default(5432) }),
});

export function connectionString({ db }) {
  return `postgres://${db.user.reveal()}:${encodeURIComponent(db.password.reveal())}@localhost:${db.port.reveal()}/app`;
}
