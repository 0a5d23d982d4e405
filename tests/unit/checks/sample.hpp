#pragma once

#include "model/chain.hpp"
#include "model/snapshot.hpp"

/// A healthy environment with the chain of two links that the tests break in one way each.
namespace sample {

using namespace envfix;

inline const std::string k_site = "/v/lib/python3.11/site-packages";

inline model::Chain chain()
{
    return {.name = "test",
            .links = {{.chain = "test",
                       .distribution = "cffi",
                       .imports = {"cffi"},
                       .extensions = {"_cffi_backend"},
                       .version_source = "cffi/__init__.py",
                       .version_marker = "__version__ = \"",
                       .version_extension = "_cffi_backend",
                       .missing_code = "cffi-backend-missing",
                       .mismatch_code = "cffi-backend-abi-mismatch"},
                      {.chain = "test",
                       .distribution = "cryptography",
                       .imports = {"cryptography"},
                       .extensions = {"cryptography.hazmat.bindings._rust"},
                       .needs = {{.distribution = "cffi", .module = "_cffi_backend"}},
                       .missing_code = "cryptography-binding-missing",
                       .mismatch_code = "cryptography-binding-missing"},
                      {.chain = "test", .distribution = "PyJWT", .imports = {"jwt"}, .impostors = {"jwt"}}}};
}

inline model::Distribution distribution(const std::string& name, const std::string& normalized,
                                        const std::string& version, std::vector<std::string> requires_dist = {})
{
    return {.name = name,
            .normalized = normalized,
            .version = version,
            .location = k_site,
            .metadata_path = k_site + "/" + normalized + "-" + version + ".dist-info",
            .installer = "pip",
            .has_record = true,
            .requires_dist = std::move(requires_dist)};
}

inline model::ModuleFile package(const std::string& name)
{
    return {.module = name,
            .kind = model::ModuleKind::package,
            .path = k_site + "/" + name + "/__init__.py",
            .location = k_site};
}

inline model::ModuleFile extension(const std::string& module, const std::string& relative)
{
    model::BinaryFile binary{.path = k_site + "/" + relative,
                             .format = model::BinaryFile::Format::elf,
                             .size = 1000,
                             .machine = 62,
                             .elf_class = 2,
                             .least_size = 900,
                             .suffix = ".cpython-311-x86_64-linux-gnu.so",
                             .suffix_accepted = true,
                             .stated_version = "1.15.1"};
    return {.module = module,
            .kind = model::ModuleKind::extension,
            .path = binary.path,
            .location = k_site,
            .binary = binary};
}

inline model::Snapshot snapshot()
{
    model::Snapshot s;
    s.environment = {.id = "0123456789ab", .path = "/v", .kind = model::EnvironmentKind::venv, .executable = "/v/bin/python"};
    s.interpreter = {.executable = "/v/bin/python",
                     .version = "3.11.2",
                     .major = 3,
                     .minor = 11,
                     .implementation = "cpython",
                     .soabi = "cpython-311-x86_64-linux-gnu",
                     .platform = "linux-x86_64",
                     .extension_suffixes = {".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so"},
                     .elf_machine = 62,
                     .elf_class = 2};
    s.sys_path = {{.path = k_site, .origin = model::PathOrigin::venv_site, .exists = true}};
    const auto cffi = distribution("cffi", "cffi", "1.15.1", {"pycparser"});
    const auto pycparser = distribution("pycparser", "pycparser", "2.21");
    const auto cryptography = distribution("cryptography", "cryptography", "38.0.4", {"cffi>=1.12"});
    const auto pyjwt = distribution("PyJWT", "pyjwt", "2.6.0", {"cryptography>=3.4; extra == 'crypto'"});
    s.distributions = {cffi, cryptography, pycparser, pyjwt};
    s.chain = "test";
    s.links = {{.distribution = "cffi",
                .installed = cffi,
                .imports = {package("cffi")},
                .extensions = {extension("_cffi_backend", "_cffi_backend.cpython-311-x86_64-linux-gnu.so")},
                .source_version = "1.15.1"},
               {.distribution = "cryptography",
                .installed = cryptography,
                .imports = {package("cryptography")},
                .extensions = {extension("cryptography.hazmat.bindings._rust",
                                         "cryptography/hazmat/bindings/_rust.abi3.so")}},
               {.distribution = "PyJWT", .installed = pyjwt, .imports = {package("jwt")}}};
    return s;
}

inline model::ModuleFile absent(const std::string& module)
{
    return {.module = module};
}

} // namespace sample
