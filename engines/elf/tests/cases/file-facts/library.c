/* A library with everything that describes a file. */
const char library_banner[] = "example library 1.2.3 built for tests";
int library_answer(int x) { return x * 6 + 7; }
