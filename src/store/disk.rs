//! The kind of disk under a folder. The ledger's write-ahead log needs memory shared by all its readers and writers,
//! which network file systems do not provide.

use std::path::Path;

/// A kind of disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// On this machine, or of unknown kind.
    Local,
    /// Shared by several machines; holds the name of its kind.
    Network(&'static str),
    /// Served by a program that may be on this machine or elsewhere; holds the name of its kind.
    Served(&'static str),
}

/// The disk of a folder that exists or would be created. Only known on Linux; elsewhere every disk counts as local.
pub fn disk(folder: &Path) -> Disk {
    let is_there = |folder: &&Path| folder.as_os_str().is_empty() || folder.is_dir();
    let nearest = folder.ancestors().find(is_there).unwrap_or(Path::new("."));
    number(if nearest.as_os_str().is_empty() { Path::new(".") } else { nearest }).map_or(Disk::Local, kind)
}

/// The system's number for the kind of file system.
#[cfg(target_os = "linux")]
fn number(folder: &Path) -> Option<i128> {
    rustix::fs::statfs(folder).ok().map(|found| i128::from(found.f_type))
}

#[cfg(not(target_os = "linux"))]
fn number(_: &Path) -> Option<i128> {
    None
}

/// Numbers from statfs(2) and from the sources of the file systems.
fn kind(number: i128) -> Disk {
    match number & 0xffff_ffff {
        0x6969 => Disk::Network("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Disk::Network("SMB"),
        0x0bd0_0bd0 => Disk::Network("Lustre"),
        0x4750_4653 => Disk::Network("GPFS"),
        0x1983_0326 => Disk::Network("BeeGFS"),
        0x00c3_6400 => Disk::Network("Ceph"),
        0x5346_414f | 0x6b41_4653 => Disk::Network("AFS"),
        0xaad7_aaea => Disk::Network("PanFS"),
        0x2003_0528 => Disk::Network("OrangeFS"),
        0x0116_1970 => Disk::Network("GFS2"),
        0x7461_636f => Disk::Network("OCFS2"),
        0x7375_7245 => Disk::Network("Coda"),
        0x564c => Disk::Network("NCP"),
        0x6573_5546 => Disk::Served("FUSE"),
        0x0102_1997 => Disk::Served("9P"),
        0x786f_4256 => Disk::Served("a shared folder of VirtualBox"),
        _ => Disk::Local,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_of_several_machines_are_told_from_those_of_one() {
        assert_eq!(kind(0x6969), Disk::Network("NFS"));
        assert_eq!(kind(0xff53_4d42), Disk::Network("SMB"));
        // As a system with signed 32-bit numbers gives it.
        assert_eq!(kind(i128::from(0xff53_4d42_u32.cast_signed())), Disk::Network("SMB"));
        assert_eq!(kind(0x0bd0_0bd0), Disk::Network("Lustre"));
        assert_eq!(kind(0x4750_4653), Disk::Network("GPFS"));
        assert_eq!(kind(0x6573_5546), Disk::Served("FUSE"));
        for local in [0xef53, 0x9123_683e, 0x5846_5342, 0x0102_1994, 0x794c_7630] {
            assert_eq!(kind(local), Disk::Local, "{local:x}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_yet_lies_where_it_would_be_made() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(disk(&folder.path().join("a/b")), disk(folder.path()));
    }
}
