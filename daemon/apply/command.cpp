#include "apply/command.hpp"

namespace envfix::apply {

std::vector<std::string> apt_command(const Record& record)
{
    std::vector<std::string> words{
        "/usr/bin/apt-get",
        "--quiet",
        "--yes",
        "--reinstall",
        "--no-remove",
        "--no-install-recommends",
        "--option=APT::Get::AllowUnauthenticated=false",
        "--option=APT::Get::allow-downgrades=false",
        "--option=APT::Get::allow-remove-essential=false",
        "--option=APT::Get::allow-change-held-packages=false",
        "--option=APT::Get::Purge=false",
        "--option=APT::Get::AutomaticRemove=false",
        "--option=Acquire::AllowInsecureRepositories=false",
        "--option=Acquire::AllowWeakRepositories=false",
        "--option=Acquire::AllowDowngradeToInsecureRepositories=false",
        "--option=DPkg::Lock::Timeout=120",
        "--option=Dpkg::Use-Pty=0",
        "--option=Dpkg::Options::=--force-confdef",
        "--option=Dpkg::Options::=--force-confold",
        "install",
        "--",
    };
    words.insert(words.end(), record.packages.begin(), record.packages.end());
    return words;
}

std::vector<std::string> apt_environment()
{
    return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",           "HOME=/",
            "DEBIAN_FRONTEND=noninteractive",     "NEEDRESTART_SUSPEND=1", "APT_LISTCHANGES_FRONTEND=none"};
}

} // namespace envfix::apply
