/* Kernel modules, from a directory with a list of them. */
#ifndef GUEST_MODULE_H
#define GUEST_MODULE_H

/*
 * Loads dir's modules in the order of dir/order, one file name a line.  One
 * that cannot be loaded is named on the console and left out: what needs it
 * will say so.  Returns how many were.
 */
int modules_load(const char *dir);

#endif
