/* Functions of vendors and web servers by their names: five fields in commands, two copies. */
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
extern char *req_get_cstream_var(void*,const char*,const char*);
extern int rut_doSystemAction(const char*,const char*);
extern int CsteSystem(const char*,int);
extern char *getVar(const char*);
extern int eval(const char*,...);
extern int tcapi_get(const char*,const char*,char*);
extern void xmldbc_get_wb(int,int,const char*,char*,int);
extern int twsystem(const char*,int);
extern char* find_var(const char*);
#define N __attribute__((noinline,noclone))
N void a(void*wp){char c[128];char*p=req_get_cstream_var(wp,"peerPin","");sprintf(c,"iwpriv wlan0 set_mib pin=%s",p);system(c);}
N void b(void){char c[256];snprintf(c,256,"ping %s",getVar("host"));rut_doSystemAction("x",c);}
N void c(void){char c[256];snprintf(c,256,"reboot -d %s",find_var("delay"));CsteSystem(c,0);}
N void d(void){char c[256];snprintf(c,256,"ntp %s",getVar("ntp"));eval("sh","-c",c,0);}
N void e(void){char v[64],c[256];tcapi_get("Wan","host",v);snprintf(c,256,"nslookup %s",v);twsystem(c,1);}
N void f(void){char c[256];snprintf(c,256,"hi %s",getVar("ntp"));eval("hi",c,"x",0);} /* trap */
N void g(void*wp){char c[32];char*p=req_get_cstream_var(wp,"submit-url","/x.htm");strcpy(c,p);puts(c);}
int main(int n,char**v){a(v);b();c();d();e();f();g(v);}
