using OrleansBroker.Silo.Hosting;
using OrleansBroker.Silo.Passwords;

return args switch
{
    [HashPassword.Command] => HashPassword.Run(),
    ["config", "check", .. var settings] => Server.CheckConfiguration(settings),
    _ => await Server.RunAsync(args),
};
