#include "checks/checks.hpp"
#include "checks/interpreter_mode.hpp"
#include "checks/library_loading.hpp"
#include "checks/sample.hpp"
#include "support/catch.hpp"

#include <functional>

using namespace envfix;
using Kind = model::LoaderTrouble::Kind;

namespace {

model::BinaryFile& backend(model::Snapshot& snapshot)
{
    return *snapshot.links[0].extensions[0].binary;
}

model::BinaryFile& binding(model::Snapshot& snapshot)
{
    return *snapshot.links[1].extensions[0].binary;
}

model::LoaderTrouble trouble(Kind kind, const std::string& name, const std::string& library = {})
{
    return {.kind = kind, .name = name, .required_by = sample::k_site + "/x.so", .library = library, .searched = {"/lib", "/usr/lib"}};
}

} // namespace

TEST_CASE("what the loader refuses is told by its cause")
{
    struct Case {
        std::string name;
        model::LoaderTrouble given;
        std::string want;
    };

    const auto c = GENERATE(values<Case>({
        {"libffi of another release", trouble(Kind::library_missing, "libffi.so.6"), "libffi-runtime-missing"},
        {"a libffi that a wheel brought", trouble(Kind::library_missing, "libffi-9c61262e.so.8.1.0"), "libffi-runtime-missing"},
        {"a version of libffi", trouble(Kind::version_missing, "LIBFFI_BASE_8.0", "/lib/libffi.so.8"), "libffi-runtime-missing"},
        {"OpenSSL 1.1", trouble(Kind::library_missing, "libssl.so.1.1"), "openssl-abi-mismatch"},
        {"its other half", trouble(Kind::library_missing, "libcrypto.so.1.1"), "openssl-abi-mismatch"},
        {"a version of OpenSSL", trouble(Kind::version_missing, "OPENSSL_3.3.0", "/lib/libssl.so.3"), "openssl-abi-mismatch"},
        {"a function of OpenSSL", trouble(Kind::symbol_missing, "EVP_PKEY_get_bits"), "openssl-abi-mismatch"},
        {"a newer glibc", trouble(Kind::version_missing, "GLIBC_2.38", "/lib/libc.so.6"), "libc-mismatch"},
        {"a newer compiler's library", trouble(Kind::version_missing, "GLIBCXX_3.4.32", "/lib/libstdc++.so.6"), "libc-mismatch"},
        {"a loader of another libc", trouble(Kind::library_missing, "ld-linux-aarch64.so.1"), "libc-mismatch"},
        {"musl's C library", trouble(Kind::other_libc, "libc.musl-x86_64.so.1"), "libc-mismatch"},
        {"a function of another Python", trouble(Kind::symbol_missing, "PyType_GetName"), "cffi-backend-abi-mismatch"},
        {"another Python's library", trouble(Kind::library_missing, "libpython3.9.so.1.0"), "extension-abi-mismatch"},
        {"any other library", trouble(Kind::library_missing, "libfoo.so.1"), "extension-abi-mismatch"},
        {"any other function", trouble(Kind::symbol_missing, "foo"), "extension-abi-mismatch"},
    }));
    CAPTURE(c.name);
    auto snapshot = sample::snapshot();
    backend(snapshot).loader = {c.given};
    const auto found = checks::run_all(snapshot, sample::chain());
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == c.want);
    CHECK(found[0].severity == model::Severity::error);
    CHECK(found[0].distribution == "cffi");
    CHECK_THAT(found[0].summary, ContainsSubstring(c.given.kind == Kind::other_libc ? "musl" : c.given.name));
    REQUIRE(found[0].evidence.size() == 1);
    CHECK(found[0].evidence[0].path == c.given.required_by);
    CHECK_FALSE(found[0].remedies.empty());
}

TEST_CASE("a chain without a name of its own for another Python takes the general one")
{
    auto snapshot = sample::snapshot();
    binding(snapshot).loader = {trouble(Kind::symbol_missing, "PyType_Freeze")};
    const auto found = checks::library_loading(snapshot, sample::chain());
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "extension-abi-mismatch");
    CHECK(found[0].distribution == "cryptography");
    CHECK_THAT(found[0].summary, ContainsSubstring("which Python 3.11.2 does not have"));
}

TEST_CASE("several troubles of one cause are one finding, and of two causes two")
{
    auto snapshot = sample::snapshot();
    binding(snapshot).loader = {trouble(Kind::library_missing, "libssl.so.1.1"), trouble(Kind::library_missing, "libcrypto.so.1.1"),
                                trouble(Kind::library_missing, "libfoo.so")};
    const auto found = checks::library_loading(snapshot, sample::chain());
    REQUIRE(found.size() == 2);
    CHECK(found[0].code == "openssl-abi-mismatch");
    CHECK(found[0].evidence.size() == 2);
    CHECK(found[0].evidence[0].actual == "not found in /lib, /usr/lib");
    CHECK(found[1].code == "extension-abi-mismatch");
}

TEST_CASE("a file in a library's place that is none is named")
{
    auto snapshot = sample::snapshot();
    backend(snapshot).loader = {trouble(Kind::library_missing, "libffi.so.8", "/opt/lib/libffi.so.8")};
    const auto found = checks::library_loading(snapshot, sample::chain());
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0].summary, ContainsSubstring("is no library: /opt/lib/libffi.so.8"));
}

TEST_CASE("what the distribution installed is not repaired with pip")
{
    auto snapshot = sample::snapshot();
    snapshot.links[0].installed->installer = "debian";
    backend(snapshot).loader = {trouble(Kind::library_missing, "libffi.so.8")};
    const auto found = checks::library_loading(snapshot, sample::chain());
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0].remedies[0], ContainsSubstring("apt-get"));
}

TEST_CASE("a free-threaded Python refuses an old cffi and dies of modules for the ordinary one")
{
    auto snapshot = sample::snapshot();
    const auto codes = [&] {
        std::string all;
        for (const auto& finding : checks::interpreter_mode(snapshot, sample::chain())) all += finding.code + ":" + finding.distribution + " ";
        return all;
    };
    CHECK(codes().empty());
    snapshot.interpreter.free_threaded = true;
    snapshot.interpreter.soabi = "cpython-313t-x86_64-linux-gnu";
    CHECK(codes() == "interpreter-mode-unsupported:cffi ");
    CHECK(checks::interpreter_mode(snapshot, sample::chain())[0].severity == model::Severity::error);

    // Compiled for this build by hand, it is imported: measured with 3.13.5 and cffi 1.15.1.
    const auto suffix = backend(snapshot).suffix;
    backend(snapshot).suffix = ".cpython-313t-x86_64-linux-gnu.so";
    CHECK(codes() == "interpreter-mode-unsupported:cffi ");
    CHECK(checks::interpreter_mode(snapshot, sample::chain())[0].severity == model::Severity::warning);
    backend(snapshot).suffix = suffix;

    snapshot.links[0].installed->version = "2.0.0b1";
    CHECK(codes().empty());
    binding(snapshot).suffix = ".abi3.so";
    CHECK(codes() == "interpreter-mode-unsupported:cryptography ");
    binding(snapshot).suffix = ".abi3-x86_64-linux-gnu.so";
    CHECK(codes() == "interpreter-mode-unsupported:cryptography ");
    binding(snapshot).suffix = ".abi3t.so";
    CHECK(codes().empty());
}
