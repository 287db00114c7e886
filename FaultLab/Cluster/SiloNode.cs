using System.Diagnostics;
using OrleansBroker.FaultLab.Runs;

namespace OrleansBroker.FaultLab.Cluster;

/// <summary>
/// A silo in a process of its own, kept running as a service manager would: when it ends by itself it is started again after a second.
/// </summary>
internal sealed class SiloNode : IAsyncDisposable
{
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EndPatience = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero })
    {
        Timeout = TimeSpan.FromSeconds(3),
    };

    private readonly Lock _lock = new();
    private readonly SiloSettings _settings;
    private readonly RunLog _log;
    private Process? _process;
    private Task _kept = Task.CompletedTask;
    private bool _wanted;
    private bool _paused;
    private int _clock;

    public SiloNode(SiloSettings settings, RunLog log)
    {
        _settings = settings;
        _log = log;
    }

    /// <summary>What it is called.</summary>
    public string Name => Machine.Name;

    /// <summary>The machine it runs on.</summary>
    public Machine Machine => _settings.Machine;

    /// <summary>Its ports.</summary>
    public SiloPorts Ports => _settings.Ports;

    /// <summary>How often it ended by itself: because it was told dead, because its disk failed.</summary>
    public int Ends { get; private set; }

    /// <summary>Starts it, and keeps it running from now on.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (!_wanted)
            {
                _wanted = true;
                _kept = KeepAsync(_kept);
            }
        }
    }

    /// <summary>SIGKILL, and it stays down until it is started.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL", last: true);
        await _kept;
    }

    /// <summary>SIGTERM, and it stays down until it is started.</summary>
    /// <returns>The exit code of the stop.</returns>
    public async Task<int> TerminateAsync()
    {
        var process = await SignalAsync("TERM", last: true);
        if (process is null)
        {
            return 0;
        }

        await process.WaitForExitAsync().WaitAsync(EndPatience);
        await _kept;
        return process.ExitCode;
    }

    /// <summary>SIGSTOP: nothing of it runs, and everything of it is still there.</summary>
    public Task PauseAsync() => HaltAsync();

    /// <summary>SIGSTOP, and waits until each of its threads has come out of the kernel: what it asked of the system is done, or not begun.</summary>
    public async Task StandStillAsync()
    {
        if (await HaltAsync() is { } process)
        {
            using var patience = new CancellationTokenSource(EndPatience, TimeProvider.System);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            while (!process.HasExited && !HostCommand.StandsStill(process.Id))
            {
                await timer.WaitForNextTickAsync(patience.Token);
            }
        }
    }

    /// <summary>SIGCONT: it goes on and does not know that time has passed.</summary>
    public async Task ResumeAsync()
    {
        if (_paused)
        {
            _paused = false;
            await SignalAsync("CONT", last: false);
        }
    }

    /// <summary>Sets its clock so far ahead of the machine's, where the lab hosts it.</summary>
    public void SetClock(TimeSpan ahead)
    {
        lock (_lock)
        {
            _clock = (int)ahead.TotalSeconds;
            if (_process is { HasExited: false } && _settings.MovesClock)
            {
                _process.StandardInput.WriteLine(_clock);
                _process.StandardInput.Flush();
            }
        }
    }

    /// <summary>Whether it says that it takes messages.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync($"http://{Machine.Address}:{Ports.Http}/health/ready", cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ResumeAsync();
        await KillAsync();
        _process?.Dispose();
    }

    private async Task KeepAsync(Task before)
    {
        await before;
        while (Launch() is { } process)
        {
            await process.WaitForExitAsync();
            lock (_lock)
            {
                if (!_wanted)
                {
                    return;
                }

                Ends++;
            }

            _log.Write($"{Name} ended by itself with {process.ExitCode}");
            await Task.Delay(RestartPause, TimeProvider.System);
        }
    }

    private Process? Launch()
    {
        lock (_lock)
        {
            if (!_wanted)
            {
                return null;
            }

            var start = new ProcessStartInfo("/bin/sh", [.. HostCommand.LoggedTo(_settings.Log), .. Machine.Enter, .. _settings.CommandLine])
            {
                WorkingDirectory = _settings.Folder,
                RedirectStandardInput = true,
            };
            // The guest from everywhere, who else is a user of this machine only; the collector as the silo's own program has it.
            start.Environment["RABBITMQ_DEFAULT_USER"] = "guest";
            start.Environment["RABBITMQ_DEFAULT_PASS"] = "guest";
            start.Environment["DOTNET_gcServer"] = "1";
            _process?.Dispose();
            _process = Process.Start(start) ?? throw new LabException("/bin/sh could not be started.");
            _process.StandardInput.WriteLine(_clock);
            _process.StandardInput.Flush();
            return _process;
        }
    }

    private Task<Process?> HaltAsync()
    {
        _paused = true;
        return SignalAsync("STOP", last: false);
    }

    private async Task<Process?> SignalAsync(string signal, bool last)
    {
        Process? process;
        lock (_lock)
        {
            _wanted &= !last;
            process = _process is { HasExited: false } ? _process : null;
        }

        if (process is not null)
        {
            await HostCommand.SignalAsync(process.Id, signal);
        }

        return process;
    }
}

/// <summary>The ports of a silo.</summary>
internal sealed record SiloPorts(int Amqp, int Gateway, int Silo, int Http)
{
    /// <summary>The usual ones, where a machine is the silo's alone.</summary>
    public static SiloPorts Usual { get; } = new(5672, 30000, 11111, 15672);
}
