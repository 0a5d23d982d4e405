// A small shared object for test_elf.cpp, which asks the parser for just what is said here.
#include <cstdio>

extern "C" {
int PyType_Freeze(void*);
[[gnu::weak]] int Py_MaybeThere();

void* PyInit__fixture()
{
    std::puts("libc is needed");
    if (Py_MaybeThere != nullptr) Py_MaybeThere();
    static int module = PyType_Freeze(nullptr);
    return &module;
}

int fixture_later()
{
    return 2;
}
}
