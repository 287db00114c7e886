using System.Globalization;
using System.Runtime.InteropServices;

namespace OrleansBroker.FaultLab.Cluster;

/// <summary>A small file system of its own in a file, which can run full and lose its power.</summary>
internal sealed partial class LoopDisk : IAsyncDisposable
{
    // _IOR('X', 125, __u32) of the kernel's ext4.h; 2 is EXT4_GOING_FLAGS_NOLOGFLUSH: what was not synced is gone.
    private const nuint Shutdown = 0x8004587d;
    private const uint WithoutLogFlush = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly string _image;
    private bool _mounted;

    private LoopDisk(string image, string folder)
    {
        _image = image;
        Folder = folder;
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    /// <summary>Makes and mounts one.</summary>
    public static async Task<LoopDisk> CreateAsync(string folder, string name, int mebibytes)
    {
        var disk = new LoopDisk(Path.Combine(folder, $"{name}.img"), Path.Combine(folder, name));
        Directory.CreateDirectory(disk.Folder);
        await HostCommand.RunAsync("truncate", "-s", $"{mebibytes}M", disk._image);
        // No blocks are kept for root, as whom the silo may be running.
        await HostCommand.RunAsync("mkfs.ext4", "-q", "-F", "-m", "0", disk._image);
        await disk.MountAsync();
        return disk;
    }

    /// <summary>Mounts it, with its log replayed. The loop device goes with the mount.</summary>
    public async Task MountAsync()
    {
        await HostCommand.RunAsync("mount", "-o", "loop", _image, Folder);
        _mounted = true;
    }

    /// <summary>Takes it away; fails while a process has files on it that does not end.</summary>
    public async Task UnmountAsync()
    {
        // A process that was killed has its files for a moment longer: a server's children are nobody's whose end could be waited for.
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        while (await HostCommand.TryAsync("umount", Folder) is { Code: not 0 } failure)
        {
            if (time.GetElapsedTime(begun) > Patience)
            {
                throw new LabException($"{Folder} cannot be unmounted: {failure.Output}");
            }

            await Task.Delay(Pause, time);
        }

        _mounted = false;
    }

    /// <summary>Leaves so many octets free, and takes the rest away from whoever writes there.</summary>
    public async Task FillAsync(long leave)
    {
        var free = new DriveInfo(Folder).AvailableFreeSpace;
        if (free > leave)
        {
            await HostCommand.TryAsync("fallocate", "-l", (free - leave).ToString(CultureInfo.InvariantCulture), Filler);
        }
    }

    /// <summary>Gives back what <see cref="FillAsync"/> took.</summary>
    public void Free() => File.Delete(Filler);

    /// <summary>From now on nothing reaches the disk, the file system's log included, and everything fails.</summary>
    public void LosePower()
    {
        using var handle = File.OpenHandle(Path.Combine(Folder, "power"), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        var flags = WithoutLogFlush;
        if (IoControl((int)handle.DangerousGetHandle(), Shutdown, ref flags) != 0)
        {
            throw new LabException($"{Folder} cannot be shut down: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted)
        {
            await UnmountAsync();
        }

        File.Delete(_image);
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoControl(int handle, nuint request, ref uint argument);
}
