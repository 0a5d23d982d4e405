// What the dynamic loader says of generated modules, and what we say without loading them: they must agree, in the verdict
// and in the name of what is wrong.
#include "capture/interpreter.hpp"
#include "capture/known_libraries.hpp"
#include "real_pythons.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

using namespace envfix;
using Kind = model::LoaderTrouble::Kind;

namespace {

/// Prints what the interpreter says of a compiled file; one that loads and is no module of Python's is well.
constexpr auto* k_load = R"(
import importlib.machinery as m, importlib.util as u, sys
try:
    u.module_from_spec(u.spec_from_file_location("m", sys.argv[1], loader=m.ExtensionFileLoader("m", sys.argv[1])))
except ImportError as error:
    text = str(error)
    print("loads" if "does not define module export function" in text or "dynamic module does not define" in text else text)
)";

/// Loads each file in a process of its own, and prints those that the loader refuses.
constexpr auto* k_load_all = R"(
import ctypes, os, sys
for path in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            ctypes.PyDLL(path, mode=os.RTLD_NOW | os.RTLD_LOCAL)
        except OSError as error:
            print(path, error, sep="\t", flush=True)
        os._exit(0)
    os.waitpid(child, 0)
print("done")
)";

/// A folder in which modules and libraries are built.
class Bench {
public:
    const std::string& path() const { return m_temp.path(); }
    std::string operator/(std::string_view name) const { return m_temp / name; }

    /// Compiles C into a shared object.
    std::string build(const std::string& name, const std::string& source, std::vector<std::string> flags = {}) const
    {
        const auto file = m_temp.file("src/" + std::to_string(++m_count) + ".c", source);
        const auto out = m_temp / name;
        std::filesystem::create_directories(std::filesystem::path(out).parent_path());
        std::vector<std::string> argv{ENVFIX_COMPILER, "-x", "c", "-shared", "-fPIC", "-nodefaultlibs", "-o", out, file, "-x", "none",
                                      "-Wl,-z,undefs", "-Wl,--no-as-needed"};
        for (auto& flag : flags) argv.push_back(std::move(flag));
        argv.emplace_back("-lc");
        const auto built = real_pythons::output_of(argv, {{"PATH", "/usr/bin:/bin"}});
        INFO(name);
        REQUIRE(built);
        return out;
    }

    /// A library with one function, under its name as SONAME.
    std::string library(const std::string& name, const std::string& function = "dep", std::vector<std::string> flags = {}) const
    {
        flags.push_back("-Wl,-soname," + name.substr(name.rfind('/') + 1));
        return build(name, "int " + function + "(void) { return 1; }", std::move(flags));
    }

    /// A library whose function has a version.
    std::string versioned(const std::string& name, const std::string& version, const std::string& function = "dep") const
    {
        const auto map = m_temp.file("src/" + std::to_string(++m_count) + ".map", version + " { global: " + function + "; };");
        return library(name, function, {"-Wl,--version-script=" + map});
    }

    std::string module(const std::string& name, std::vector<std::string> flags = {}, const std::string& function = "dep") const
    {
        return build(name, "int " + function + "(void); int use(void) { return " + function + "(); }", std::move(flags));
    }

    void change(const std::string& path, const std::function<void(std::string&)>& how) const
    {
        std::ifstream in(path, std::ios::binary);
        std::string bytes(std::istreambuf_iterator<char>(in), {});
        how(bytes);
        std::ofstream(path, std::ios::binary) << bytes;
    }

    void put(const std::string& path, std::size_t at, char byte) const
    {
        change(path, [=](std::string& bytes) { bytes[at] = byte; });
    }

    const TempFolder& temp() const { return m_temp; }

private:
    TempFolder m_temp;
    mutable int m_count = 0;
};

struct Case {
    std::string name;
    std::function<std::string(const Bench&)> build;                ///< gives the module's path
    std::function<std::string(const Bench&)> library_path = {};    ///< LD_LIBRARY_PATH
};

std::string rpath(const std::string& folders)
{
    return "-Wl,--disable-new-dtags,-rpath," + folders;
}

std::string runpath(const std::string& folders)
{
    return "-Wl,--enable-new-dtags,-rpath," + folders;
}

void copy(const std::string& from, const std::string& to)
{
    std::filesystem::create_directories(std::filesystem::path(to).parent_path());
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
}

/// A module that finds libdep.so in $ORIGIN/a or, after it, in $ORIGIN/b, where the whole one lies.
std::string two_folders(const Bench& b, const std::function<void(const std::string& first)>& spoil)
{
    const auto dep = b.library("b/libdep.so");
    copy(dep, b / "a/libdep.so");
    spoil(b / "a/libdep.so");
    return b.module("m.so", {dep, rpath("$ORIGIN/a:$ORIGIN/b")});
}

const std::vector<Case> k_cases{
    {"nothing but the C library", [](const Bench& b) { return b.build("m.so", "int puts(const char*); int use(void) { return puts(\"\"); }"); }},
    {"RUNPATH with $ORIGIN", [](const Bench& b) { return b.module("m.so", {b.library("libs/libdep.so"), runpath("$ORIGIN/libs")}); }},
    {"RPATH with ${ORIGIN} and a way up", [](const Bench& b) {
         return b.module("p/m.so", {b.library("p.libs/libdep.so"), rpath("${ORIGIN}/../p.libs/")});
     }},
    {"an absolute RUNPATH", [](const Bench& b) { return b.module("m.so", {b.library("libs/libdep.so"), runpath("/nowhere:" + (b / "libs"))}); }},
    {"a library that is in no folder", [](const Bench& b) {
         const auto dep = b.library("gone/libdep.so");
         const auto made = b.module("m.so", {dep, runpath("$ORIGIN/libs")});
         std::filesystem::remove(dep);
         return made;
     }},
    {"what looks like a token and is none", [](const Bench& b) {
         return b.module("m.so", {b.library("libs/libdep.so"), runpath("$ORIGINS/libs:" + (b / "") + "$ORIGIN_/libs")});
     }},
    {"RPATH is handed down to what a library needs", [](const Bench& b) {
         const auto inner = b.library("libs/libinner.so", "inner");
         const auto dep = b.build("libs/libdep.so", "int inner(void); int dep(void) { return inner(); }", {inner, "-Wl,-soname,libdep.so"});
         return b.module("m.so", {dep, rpath("$ORIGIN/libs")});
     }},
    {"RUNPATH is not", [](const Bench& b) {
         const auto inner = b.library("libs/libinner.so", "inner");
         const auto dep = b.build("libs/libdep.so", "int inner(void); int dep(void) { return inner(); }", {inner, "-Wl,-soname,libdep.so"});
         return b.module("m.so", {dep, runpath("$ORIGIN/libs")});
     }},
    {"the RUNPATH of a library switches the module's RPATH off", [](const Bench& b) {
         const auto inner = b.library("libs/libinner.so", "inner");
         const auto dep = b.build("libs/libdep.so", "int inner(void); int dep(void) { return inner(); }",
                                  {inner, "-Wl,-soname,libdep.so", runpath("/nowhere")});
         return b.module("m.so", {dep, rpath("$ORIGIN/libs")});
     }},
    {"$ORIGIN of a library that is a link is the folder of the link", [](const Bench& b) {
         const auto inner = b.library("here/libinner.so", "inner");
         const auto dep = b.build("there/libdep.so", "int inner(void); int dep(void) { return inner(); }",
                                  {inner, "-Wl,-soname,libdep.so", runpath("$ORIGIN")});
         b.temp().link("here/libdep.so", dep);
         return b.module("m.so", {dep, runpath("$ORIGIN/here")});
     }},
    {"and not that of the file behind it", [](const Bench& b) {
         const auto inner = b.library("there/libinner.so", "inner");
         const auto dep = b.build("there/libdep.so", "int inner(void); int dep(void) { return inner(); }",
                                  {inner, "-Wl,-soname,libdep.so", runpath("$ORIGIN")});
         b.temp().link("here/libdep.so", dep);
         return b.module("m.so", {dep, runpath("$ORIGIN/here")});
     }},
    {"a dangling link is passed over", [](const Bench& b) {
         return two_folders(b, [&](const std::string& first) {
             std::filesystem::remove(first);
             b.temp().link("a/libdep.so", "/nowhere/libdep.so");
         });
     }},
    {"a library of the other word size is passed over", [](const Bench& b) {
         return two_folders(b, [&](const std::string& first) { b.put(first, 4, '\1'); });
     }},
    {"a library of another machine is passed over", [](const Bench& b) {
         return two_folders(b, [&](const std::string& first) { b.put(first, 18, '\xb7'); });
     }},
    {"and if there is no other, it is missing", [](const Bench& b) {
         const auto dep = b.library("libs/libdep.so");
         const auto made = b.module("m.so", {dep, runpath("$ORIGIN/libs")});
         b.put(dep, 18, '\xb7');
         return made;
     }},
    {"garbage ends the search", [](const Bench& b) {
         return two_folders(b, [&](const std::string& first) { b.change(first, [](std::string& bytes) { bytes = std::string(4096, 'x'); }); });
     }},
    {"so does an empty file", [](const Bench& b) {
         return two_folders(b, [&](const std::string& first) { b.change(first, [](std::string& bytes) { bytes.clear(); }); });
     }},
    {"and a folder of that name", [](const Bench& b) {
         return two_folders(b, [&](const std::string& first) {
             std::filesystem::remove(first);
             b.temp().folder("a/libdep.so");
         });
     }},
    {"and an object file", [](const Bench& b) { return two_folders(b, [&](const std::string& first) { b.put(first, 16, '\1'); }); }},
    {"a folder in which a file is expected", [](const Bench& b) {
         return b.module("m.so", {b.library("b/libdep.so"), rpath(b.temp().file("a/file") + ":$ORIGIN/b")});
     }},
    {"a version that the library has", [](const Bench& b) { return b.module("m.so", {b.versioned("libs/libdep.so", "DEP_1"), runpath("$ORIGIN/libs")}); }},
    {"a version that it does not have", [](const Bench& b) {
         const auto dep = b.versioned("libs/libdep.so", "DEP_2");
         const auto made = b.module("m.so", {dep, runpath("$ORIGIN/libs")});
         b.versioned("libs/libdep.so", "DEP_1");
         return made;
     }},
    {"a library without versions where one is wanted", [](const Bench& b) {
         const auto dep = b.versioned("libs/libdep.so", "DEP_2");
         const auto made = b.module("m.so", {dep, runpath("$ORIGIN/libs")});
         b.library("libs/libdep.so");
         return made;
     }},
    {"a version without the function in it", [](const Bench& b) {
         const auto dep = b.versioned("libs/libdep.so", "DEP_1");
         const auto made = b.module("m.so", {dep, runpath("$ORIGIN/libs")});
         b.versioned("libs/libdep.so", "DEP_1", "other");
         return made;
     }},
    {"a version that a library of the library wants", [](const Bench& b) {
         const auto inner = b.versioned("libs/libinner.so", "INNER_2", "inner");
         const auto dep = b.build("libs/libdep.so", "int inner(void); int dep(void) { return inner(); }",
                                  {inner, "-Wl,-soname,libdep.so", runpath("$ORIGIN")});
         const auto made = b.module("m.so", {dep, runpath("$ORIGIN/libs")});
         b.versioned("libs/libinner.so", "INNER_1", "inner");
         return made;
     }},
    {"a version of glibc's that is to come", [](const Bench& b) {
         const auto made = b.build("m.so", "int puts(const char*); int use(void) { return puts(\"\"); }");
         b.change(made, [](std::string& bytes) {
             const auto at = bytes.find("GLIBC_2.");
             REQUIRE(at != std::string::npos);
             bytes[at + 6] = '9';
         });
         return made;
     }},
    {"a function that the library has no more", [](const Bench& b) {
         const auto dep = b.library("libs/libdep.so");
         const auto made = b.module("m.so", {dep, runpath("$ORIGIN/libs")});
         b.library("libs/libdep.so", "other");
         return made;
     }},
    {"a function that only a library of the library has", [](const Bench& b) {
         const auto inner = b.library("libs/libinner.so");
         const auto dep = b.build("libs/libother.so", "int other(void) { return 2; }", {inner, "-Wl,-soname,libother.so", runpath("$ORIGIN")});
         return b.module("m.so", {dep, runpath("$ORIGIN/libs")});
     }},
    {"a function that a library wants and nobody has", [](const Bench& b) {
         const auto dep = b.build("libs/libdep.so", "int inner(void); int dep(void) { return inner(); }", {"-Wl,-soname,libdep.so"});
         return b.module("m.so", {dep, runpath("$ORIGIN/libs")});
     }},
    {"a function of this Python's", [](const Bench& b) { return b.module("m.so", {}, "PyLong_FromLong"); }},
    {"a function of a later Python's", [](const Bench& b) { return b.module("m.so", {}, "PyNoSuch_Function"); }},
    {"a private function of an earlier one's", [](const Bench& b) { return b.module("m.so", {}, "_PyErr_NoSuchFunction"); }},
    {"a function of a later Python's that need not be there", [](const Bench& b) {
         return b.build("m.so", "__attribute__((weak)) int PyNoSuch_Function(void); int use(void) { return PyNoSuch_Function ? 1 : 0; }");
     }},
    {"a function of nobody's", [](const Bench& b) { return b.module("m.so", {}, "nobody_has_this"); }},
    {"a function that the interpreter's own libraries have", [](const Bench& b) { return b.module("m.so", {}, "cosh"); }},
    {"LD_LIBRARY_PATH helps", [](const Bench& b) { return b.module("m.so", {b.library("env/libdep.so")}); },
     [](const Bench& b) { return b / "env"; }},
    {"LD_LIBRARY_PATH comes before RUNPATH", [](const Bench& b) {
         const auto dep = b.library("libs/libdep.so");
         b.library("env/libdep.so", "other");
         return b.module("m.so", {dep, runpath("$ORIGIN/libs")});
     },
     [](const Bench& b) { return b / "env"; }},
    {"RPATH comes before LD_LIBRARY_PATH", [](const Bench& b) {
         const auto dep = b.library("libs/libdep.so");
         b.library("env/libdep.so", "other");
         return b.module("m.so", {dep, rpath("$ORIGIN/libs")});
     },
     [](const Bench& b) { return b / "env"; }},
    {"a library that is named by its path", [](const Bench& b) {
         return b.module("m.so", {b.build("odd/libdep.so", "int dep(void) { return 1; }")});
     }},
    {"a library that is named by a path that is gone", [](const Bench& b) {
         const auto dep = b.build("odd/libdep.so", "int dep(void) { return 1; }");
         const auto made = b.module("m.so", {dep});
         std::filesystem::remove(dep);
         return made;
     }},
    {"a library that is there already under another name", [](const Bench& b) {
         const auto real = b.library("odd/libdep.so");
         copy(real, b / "odd/other-name.so");
         const auto made = b.module("m.so", {b.build("libs/libfirst.so", "int first(void) { return 1; }",
                                                     {"-Wl,-soname,libfirst.so", b / "odd/other-name.so", rpath(b / "odd")}),
                                             real, rpath("$ORIGIN/libs")});
         b.change(b / "libs/libfirst.so", [](std::string&) {});
         return made;
     }},
    {"two libraries that need one another", [](const Bench& b) {
         const auto stub = b.library("libs/libtwo.so", "two");
         const auto one = b.build("libs/libdep.so", "int two(void); int dep(void) { return two(); }",
                                  {stub, "-Wl,-soname,libdep.so", runpath("$ORIGIN")});
         b.build("libs/libtwo.so", "int dep(void); int two(void) { return dep() ? 1 : 0; }", {one, "-Wl,-soname,libtwo.so", runpath("$ORIGIN")});
         return b.module("m.so", {one, runpath("$ORIGIN/libs")});
     }},
    {"a subfolder for this processor", [](const Bench& b) {
         return b.module("m.so", {b.library("libs/glibc-hwcaps/x86-64-v2/libdep.so"), runpath("$ORIGIN/libs")});
     }},
    {"a subfolder for a processor that does not exist", [](const Bench& b) {
         return b.module("m.so", {b.library("libs/glibc-hwcaps/x86-64-v9/libdep.so"), runpath("$ORIGIN/libs")});
     }},
    {"the folder that $LIB stands for", [](const Bench& b) {
         const auto dep = b.library("lib/libdep.so");
         for (const auto* folder : {"lib/x86_64-linux-gnu", "lib64", "lib/aarch64-linux-gnu"}) copy(dep, b / (std::string(folder) + "/libdep.so"));
         const auto made = b.module("m.so", {dep, runpath("$ORIGIN/$LIB")});
         std::filesystem::remove(dep);
         return made;
     }},
    {"a library of the system's", [](const Bench& b) { return b.module("m.so", {"-lz"}, "zlibVersion"); }},
    {"a library of the system's, and the system's folders forbidden", [](const Bench& b) {
         return b.module("m.so", {"-lutil", "-lanl", "-Wl,-z,nodefaultlib"}, "getaddrinfo_a");
     }},
    {"a library of the system's that nothing has loaded", [](const Bench& b) { return b.module("m.so", {"-l:libstdc++.so.6"}, "__cxa_begin_catch"); }},
    {"a module that names its Python's library", [](const Bench& b) {
         const auto dep = b.library("gone/libpython3.99.so.1.0", "PyLong_FromLong");
         const auto made = b.module("m.so", {dep}, "PyLong_FromLong");
         std::filesystem::remove(dep);
         return made;
     }},
    {"a module that was made for musl", [](const Bench& b) {
         const auto dep = b.library("gone/libc.musl-x86_64.so.1");
         const auto made = b.module("m.so", {dep});
         std::filesystem::remove(dep);
         return made;
     }},
};

std::vector<std::string> pythons()
{
    // One of Debian's and the newest and oldest of others are enough: the loader is the same.
    std::vector<std::string> chosen{"/usr/bin/python3"};
    std::vector<std::string> others;
    for (const auto& python : real_pythons::executables())
        if (!python.starts_with("/usr/bin/")) others.push_back(python);
    if (!others.empty()) chosen.push_back(others.back());
    return chosen;
}

} // namespace

TEST_CASE("the loader's word and ours agree on every generated module")
{
    const auto tree = fs::Tree::open();
    REQUIRE(tree);
    const Case test = GENERATE(from_range(k_cases));
    const Bench bench;
    const auto module = test.build(bench);
    std::map<std::string, std::string> environment;
    std::vector<std::string> library_path;
    if (test.library_path) {
        library_path = {test.library_path(bench)};
        environment["LD_LIBRARY_PATH"] = library_path.front();
    }
    for (const auto& python : pythons()) {
        const auto interpreter = capture::describe_interpreter(*tree, python);
        if (!interpreter || interpreter->libc != model::Libc::glibc) continue;
        const auto said = real_pythons::output_of({python, "-I", "-B", "-S", "-c", k_load, module}, environment);
        REQUIRE(said);
        const auto troubles = capture::library_troubles(*tree, *interpreter, library_path, module);
        const bool loads = said->starts_with("loads");
        INFO(python << ": " << test.name);
        INFO("the loader: " << *said);
        INFO("we: " << (troubles.empty() ? "loads" : troubles.front().name + " " + troubles.front().library));
        CHECK(troubles.empty() == loads);
        if (loads || troubles.empty()) continue;
        const auto name = troubles.front().name;
        CHECK_THAT(*said, ContainsSubstring(name.substr(name.rfind('/') + 1)));
    }
}

TEST_CASE("the loader's word and ours agree on every compiled module that is installed here")
{
    const auto tree = fs::Tree::open();
    REQUIRE(tree);
    std::size_t asked = 0;
    for (const auto& python : pythons()) {
        const auto interpreter = capture::describe_interpreter(*tree, python);
        if (!interpreter || interpreter->libc != model::Libc::glibc) continue;
        std::vector<std::string> argv{python, "-I", "-B", "-S", "-c", k_load_all};
        for (const auto& folder : {interpreter->stdlib + "/lib-dynload", std::string("/usr/lib/python3/dist-packages")}) {
            std::error_code none;
            for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, none)) {
                const auto path = entry.path().string();
                if (entry.is_regular_file() && path.ends_with(".so")) argv.push_back(path);
            }
        }
        const auto said = real_pythons::output_of(argv);
        REQUIRE(said);
        REQUIRE(said->ends_with("done\n"));
        for (std::size_t i = 6; i < argv.size(); ++i, ++asked) {
            const auto troubles = capture::library_troubles(*tree, *interpreter, {}, argv[i]);
            const bool refused = said->find(argv[i] + "\t") != std::string::npos;
            INFO(python << " " << argv[i] << ": " << (troubles.empty() ? "we see nothing" : troubles.front().name));
            CHECK(troubles.empty() == !refused);
        }
    }
    CHECK(asked > 0);
}

TEST_CASE("a verdict is not drawn again while nothing has changed, and is when anything has")
{
    const auto tree = fs::Tree::open();
    REQUIRE(tree);
    const auto interpreter = capture::describe_interpreter(*tree, "/usr/bin/python3");
    REQUIRE(interpreter);
    const Bench bench;
    const auto dep = bench.library("libs/libdep.so");
    const auto module = bench.module("m.so", {dep, runpath("$ORIGIN/first:$ORIGIN/libs")});
    bench.temp().folder("first");

    model::Snapshot snapshot{.interpreter = *interpreter};
    model::BinaryFile binary{.path = module,
                             .format = model::BinaryFile::Format::elf,
                             .size = 1,
                             .machine = interpreter->elf_machine,
                             .elf_class = interpreter->elf_class,
                             .needed = {"libdep.so"},
                             .suffix_accepted = true};
    snapshot.links = {{.distribution = "p", .extensions = {{.module = "m", .kind = model::ModuleKind::extension, .binary = binary}}}};
    const auto& loader = snapshot.links[0].extensions[0].binary->loader;

    capture::KnownLibraries known;
    const auto later = std::chrono::duration_cast<std::chrono::nanoseconds>(
                           (std::chrono::system_clock::now() + std::chrono::hours(1)).time_since_epoch())
                           .count();
    known.look(*tree, {}, snapshot, later);
    CHECK(loader.empty());
    CHECK(capture::needs_libraries(snapshot));

    std::filesystem::rename(dep, bench / "libs/away.so");
    known.look(*tree, {}, snapshot, later);
    REQUIRE(loader.size() == 1);
    CHECK(loader[0].kind == Kind::library_missing);
    CHECK(loader[0].name == "libdep.so");
    CHECK(loader[0].required_by == module);
    CHECK(std::ranges::find(loader[0].searched, bench / "libs") != loader[0].searched.end());

    std::filesystem::rename(bench / "libs/away.so", dep);
    known.look(*tree, {}, snapshot, later);
    CHECK(loader.empty());

    // A file that is no library, in a folder that is looked into before.
    bench.temp().file("first/libdep.so", std::string(100, 'x'));
    known.look(*tree, {}, snapshot, later);
    REQUIRE(loader.size() == 1);
    CHECK(loader[0].library == bench / "first/libdep.so");
}
