#include "checks/library_loading.hpp"

#include "checks/facts.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace envfix::checks {

namespace {

using Kind = model::LoaderTrouble::Kind;
using Trouble = model::LoaderTrouble;

constexpr std::string_view k_libffi = "libffi-runtime-missing";
constexpr std::string_view k_openssl = "openssl-abi-mismatch";
constexpr std::string_view k_libc = "libc-mismatch";
constexpr std::string_view k_abi = "extension-abi-mismatch";

bool begins_with_one_of(std::string_view text, std::span<const std::string_view> prefixes)
{
    return std::ranges::any_of(prefixes, [text](std::string_view prefix) { return text.starts_with(prefix); });
}

std::string_view base_name(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

/// The cause that a library stands for; auditwheel names them libssl-a1b2c3d4.so.3.
std::string_view code_of_library(std::string_view library)
{
    constexpr std::array<std::string_view, 2> k_openssl_names{"libssl", "libcrypto"};
    // The compiler's own libraries come with the system, as glibc does, and are as old as it is.
    constexpr std::array<std::string_view, 11> k_system_names{"libc.",       "libm.",  "libpthread.", "libdl.",    "librt.", "libutil.",
                                                              "libresolv.", "ld-linux", "ld-musl",   "libstdc++", "libgcc_s"};
    const auto name = base_name(library);
    if (name.starts_with("libffi")) return k_libffi;
    if (begins_with_one_of(name, k_openssl_names)) return k_openssl;
    if (begins_with_one_of(name, k_system_names)) return k_libc;
    return k_abi;
}

std::string_view code_of_version(const Trouble& trouble)
{
    constexpr std::array<std::string_view, 4> k_system_versions{"GLIBC_", "GLIBCXX_", "CXXABI_", "GCC_"};
    if (trouble.name.starts_with("OPENSSL_")) return k_openssl;
    if (trouble.name.starts_with("LIBFFI_")) return k_libffi;
    if (begins_with_one_of(trouble.name, k_system_versions)) return k_libc;
    return code_of_library(trouble.library);
}

bool is_pythons(std::string_view symbol)
{
    return symbol.starts_with("Py") || symbol.starts_with("_Py");
}

std::string_view code_of_symbol(const Trouble& trouble, const model::ChainLink& link)
{
    // The functions of OpenSSL by the prefixes that its modules have.
    constexpr std::array<std::string_view, 22> k_openssl_prefixes{
        "EVP_",  "SSL_", "OPENSSL_", "X509", "ERR_", "RSA_", "EC_",  "BIO_",    "CRYPTO_", "FIPS_", "HMAC_",
        "PEM_", "ASN1_", "DTLS",     "TLS_", "ENGINE_", "d2i_", "i2d_", "ossl_", "OSSL_", "BN_", "PKCS"};
    if (is_pythons(trouble.name)) {
        // A chain that tells "absent" from "made for another Python" has a name for the second.
        const bool has_own = !link.mismatch_code.empty() && link.mismatch_code != link.missing_code;
        return has_own ? std::string_view(link.mismatch_code) : k_abi;
    }
    if (trouble.name.starts_with("ffi_")) return k_libffi;
    if (begins_with_one_of(trouble.name, k_openssl_prefixes)) return k_openssl;
    return k_abi;
}

std::string_view code_of(const Trouble& trouble, const model::ChainLink& link)
{
    switch (trouble.kind) {
    case Kind::library_missing: return code_of_library(trouble.name);
    case Kind::version_missing: return code_of_version(trouble);
    case Kind::symbol_missing: return code_of_symbol(trouble, link);
    case Kind::other_libc: return k_libc;
    }
    return k_abi;
}

std::string libc_name(model::Libc libc)
{
    return libc == model::Libc::musl ? "musl" : "glibc";
}

std::string joined(const std::vector<std::string>& folders)
{
    std::string text;
    for (const auto& folder : folders) text += (text.empty() ? "" : ", ") + folder;
    return text;
}

model::Evidence evidence_of(const Trouble& trouble, const model::Snapshot& snapshot, const std::string& owner)
{
    model::Evidence evidence{.path = trouble.required_by, .owner = owner};
    switch (trouble.kind) {
    case Kind::library_missing:
        evidence.expected = trouble.name;
        evidence.actual = trouble.library.empty() ? "not found" : "no library: " + trouble.library;
        if (trouble.library.empty() && !trouble.searched.empty()) evidence.actual += " in " + joined(trouble.searched);
        break;
    case Kind::version_missing:
        evidence.expected = trouble.name + " in " + trouble.library;
        evidence.actual = "that library does not have it";
        break;
    case Kind::symbol_missing:
        evidence.expected = trouble.name;
        evidence.actual = is_pythons(trouble.name) ? python_name(snapshot.interpreter) + " does not have it"
                                                   : "no library that it loads has it";
        break;
    case Kind::other_libc:
        evidence.expected = libc_name(snapshot.interpreter.libc);
        evidence.actual = "made for " + libc_name(snapshot.interpreter.libc == model::Libc::musl ? model::Libc::glibc
                                                                                                 : model::Libc::musl);
        break;
    }
    return evidence;
}

std::string summary_of(const Trouble& trouble, const model::Snapshot& snapshot, const model::LinkState& link)
{
    const std::string asker = trouble.required_by;
    switch (trouble.kind) {
    case Kind::library_missing:
        if (!trouble.library.empty()) {
            return "a compiled module of " + titled(link) + " needs " + trouble.name + ", and the file that would be taken is no library: " +
                   trouble.library;
        }
        return "a compiled module of " + titled(link) + " needs " + trouble.name + ", which is not to be found: " + asker;
    case Kind::version_missing:
        return "a compiled module of " + titled(link) + " needs " + trouble.name + ", which " + trouble.library +
               " does not have: " + asker;
    case Kind::symbol_missing:
        return "a compiled module of " + titled(link) + " needs " + trouble.name + ", which " +
               (is_pythons(trouble.name) ? python_name(snapshot.interpreter) : std::string("no library that it loads")) +
               (is_pythons(trouble.name) ? " does not have: " : " has: ") + asker;
    case Kind::other_libc:
        return "a compiled module of " + titled(link) + " was made for " +
               libc_name(snapshot.interpreter.libc == model::Libc::musl ? model::Libc::glibc : model::Libc::musl) +
               ", this Python runs on " + libc_name(snapshot.interpreter.libc) + ": " + asker;
    }
    return asker;
}

std::vector<std::string> remedies_of(std::string_view code, const Trouble& trouble, const model::Snapshot& snapshot,
                                     const model::LinkState& link)
{
    const bool is_debians = link.installed && link.installed->installer == "debian";
    std::vector<std::string> remedies;
    if (is_debians) {
        if (code == k_libffi) remedies.emplace_back("sudo apt-get install --reinstall libffi8");
        else if (code == k_openssl) remedies.emplace_back("sudo apt-get install --reinstall libssl3");
        else remedies.emplace_back("run the program with the Python that the package was made for");
        remedies.push_back("or make a venv with its own " + link.distribution);
        return remedies;
    }
    // A wheel brings its own libraries, and pip takes one that fits the C library and the Python of this machine.
    auto command = reinstall_command(snapshot, link);
    const std::string force = "--force-reinstall";
    if (const auto at = command.find(force); at != std::string::npos) command.insert(at + force.size(), " --only-binary :all:");
    remedies.push_back(std::move(command));
    if (trouble.kind == Kind::library_missing && code == k_libffi)
        remedies.push_back("or install the system's package that has " + trouble.name);
    if (code == k_openssl) remedies.emplace_back("run the program without LD_LIBRARY_PATH, if it is set");
    return remedies;
}

} // namespace

model::Findings library_loading(const model::Snapshot& snapshot, const model::Chain& chain)
{
    model::Findings found;
    for (std::size_t i = 0; i < chain.links.size() && i < snapshot.links.size(); ++i) {
        const auto& link = snapshot.links[i];
        for (const auto* modules : {&link.extensions, &link.imports}) {
            for (const auto& module : *modules) {
                if (!module.binary) continue;
                for (const auto& trouble : module.binary->loader) {
                    const auto code = code_of(trouble, chain.links[i]);
                    auto evidence = evidence_of(trouble, snapshot, titled(link));
                    const auto same = std::ranges::find_if(found, [&](const model::Finding& finding) {
                        return finding.code == code && finding.distribution == link.distribution;
                    });
                    if (same != found.end()) {
                        same->evidence.push_back(std::move(evidence));
                        continue;
                    }
                    found.push_back({.code = std::string(code),
                                     .distribution = link.distribution,
                                     .summary = summary_of(trouble, snapshot, link),
                                     .evidence = {std::move(evidence)},
                                     .remedies = remedies_of(code, trouble, snapshot, link)});
                }
            }
        }
    }
    return found;
}

} // namespace envfix::checks
