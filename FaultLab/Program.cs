using OrleansBroker.FaultLab.Clocks;
using OrleansBroker.FaultLab.Runs.Commands;

return args switch
{
    // The lab starts itself so, for silos whose clock it moves.
    ["silo", .. var settings] => await ClockedSilo.RunAsync(settings, Console.In),
    _ => await LabCommands.RunAsync(args, Console.Out, Console.Error),
};
