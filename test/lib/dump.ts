/** What pg_restore says of a dump, with these lines beside those of a database that anybody may load. */
export function listOf(...lines: readonly string[]): string {
  return `;
; Archive created at 2026-11-26 21:04:43 UTC
;     dbname: team
;     TOC Entries: 35
;     Format: CUSTOM
;     Dumped from database version: 15.18 (Debian 15.18-0+deb12u1)
;     Dumped by pg_dump version: 16.2
;
; Selected TOC Entries:
;
217; 1259 16631 TABLE public auth_user compose
3571; 0 0 COMMENT public TABLE auth_user compose
3556; 0 16631 TABLE DATA public auth_user compose
3403; 2606 16637 CONSTRAINT public auth_user auth_user_pkey compose
${lines.join('\n')}
`;
}

/** Its schema in SQL, with these lines at the end. */
export function scriptOf(...lines: readonly string[]): string {
  return `SET client_encoding = 'UTF8';
SET default_tablespace = '';
CREATE TABLE public.auth_user (
    id bigint NOT NULL
);
${lines.join('\n')}
`;
}
