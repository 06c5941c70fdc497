/*
 * Functions that may not be used anywhere in the tree: no bounds (strcpy,
 * strcat, sprintf), hidden state (strtok), or a shell in between (system,
 * popen).  Included by the compiler's command line, after no header of libc,
 * so that a use fails to compile.
 */
#ifndef VC_BANNED_H
#define VC_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VC_BANNED(f) vc_banned_function_##f

#undef strcpy
#define strcpy(d, s) VC_BANNED(strcpy)
#undef strcat
#define strcat(d, s) VC_BANNED(strcat)
#undef sprintf
#define sprintf(...) VC_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) VC_BANNED(vsprintf)
#undef strtok
#define strtok(s, d) VC_BANNED(strtok)
#undef system
#define system(c) VC_BANNED(system)
#undef popen
#define popen(c, m) VC_BANNED(popen)

#endif
