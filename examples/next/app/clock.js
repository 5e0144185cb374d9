'use client';
import { useState } from 'react';

export function Clock() {
  const [now] = useState(() => new Date().toISOString());
  return <time suppressHydrationWarning>{now}</time>;
}
