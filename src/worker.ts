/** What runs in a further thread: an entry of its own, so that it loads nothing else. */
import { wrapShare } from './age/wrap-share.js';
import { serve } from './host/threads.js';

serve(wrapShare);
