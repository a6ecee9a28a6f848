/* An object file that looks like a kernel module to its reader. */
#define INFO(n, t) static const char n[] __attribute__((section(".modinfo"), used)) = t
INFO(a, "license=GPL");
INFO(b, "version=4.2.1-example");
INFO(c, "vermagic=3.10.14 SMP mod_unload MIPS32_R2 32BIT ");
INFO(d, "srcversion=0123456789ABCDEF01234567");
extern int printk(const char *, ...);
int init_module(void) { return printk("example module\n"); }
